//! The cost of a typed call without a connection: encoding arguments and decoding a reply. The carrier
//! returns each request's data as the reply, which works for methods that return their argument.

use std::collections::BTreeMap;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use domainsockets::{Call, Carrier, Error, Reply, service};
use futures::FutureExt as _;
use serde::{Deserialize, Serialize};

criterion_main!(benches);

criterion_group!(benches, bytes, text, record);

fn bytes(criterion: &mut Criterion) {
    let stub = LoopClient::new(Back);
    let mut group = criterion.benchmark_group("bytes");
    for size in [64, 4096, 1 << 20] {
        let data = vec![7; size];
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_with_input(BenchmarkId::from_parameter(size), &data, |bencher, data| {
            bencher.iter(|| stub.bytes(black_box(data)).now_or_never());
        });
    }
}

fn text(criterion: &mut Criterion) {
    let stub = LoopClient::new(Back);
    let text = "a key that is looked up".to_owned();
    criterion.bench_function("text", |bencher| {
        bencher.iter(|| stub.text(black_box(&text)).now_or_never());
    });
}

fn record(criterion: &mut Criterion) {
    let stub = LoopClient::new(Back);
    let record = Record {
        id: 70_000,
        name: "record".to_owned(),
        tags: (0..8).map(|tag| (format!("tag {tag}"), tag)).collect(),
        scores: (0..32).map(f64::from).collect(),
    };
    criterion.bench_function("record", |bencher| {
        bencher.iter(|| stub.record(black_box(&record)).now_or_never());
    });
}

#[service]
trait Loop {
    async fn bytes(&self, data: &[u8]) -> Vec<u8>;
    async fn text(&self, text: &str) -> String;
    async fn record(&self, record: &Record) -> Record;
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Record {
    id: u64,
    name: String,
    tags: BTreeMap<String, u32>,
    scores: Vec<f64>,
}

struct Back;

impl Carrier for Back {
    async fn execute(&self, call: Call<'_>) -> Result<Reply, Error> {
        Ok(call.data.into_bytes().into())
    }
}
