//! The cost of the wire without sockets: encoding, decoding and reassembling messages.

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use domainsockets::wire::{
    ClientMsg, ClientMsgType, Reassembler, ServerMsg, ServerMsgType, WireError,
};

criterion_main!(benches);

criterion_group!(benches, encode, decode, reassemble);

/// The sizes of the data.
const SIZES: [usize; 3] = [64, 4096, 1 << 20];

fn encode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode");
    for size in SIZES {
        let data = vec![7; size];
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_with_input(BenchmarkId::new("request", size), &data, |bencher, data| {
            let mut out = Vec::new();
            bencher.iter(|| {
                out.clear();
                request(data).encode(&mut out);
                black_box(out.len())
            });
        });
        group.bench_with_input(BenchmarkId::new("reply", size), &data, |bencher, data| {
            let mut out = Vec::new();
            bencher.iter(|| {
                out.clear();
                reply(data).encode(&mut out);
                black_box(out.len())
            });
        });
    }
}

fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    for size in SIZES {
        let data = vec![7; size];
        let (mut requests, mut replies) = (Vec::new(), Vec::new());
        request(&data).encode(&mut requests);
        reply(&data).encode(&mut replies);
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_function(BenchmarkId::new("request", size), |bencher| {
            bencher.iter(|| ClientMsg::decode(black_box(&requests)).is_ok());
        });
        group.bench_function(BenchmarkId::new("reply", size), |bencher| {
            bencher.iter(|| ServerMsg::decode(black_box(&replies)).is_ok());
        });
    }
}

/// Reassembles 64 messages of each size from datagrams of two sizes.
fn reassemble(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("reassemble");
    for size in SIZES {
        let mut stream = Vec::new();
        for _ in 0..MESSAGES {
            request(&vec![7; size]).encode(&mut stream);
        }
        group.throughput(Throughput::Bytes(stream.len() as u64));
        for datagram in [4096, 64 << 10] {
            let id = BenchmarkId::new(format!("datagrams of {datagram}"), size);
            group.bench_function(id, |bencher| {
                bencher.iter_batched_ref(
                    || Reassembler::new(2 << 20),
                    |reassembler| count(reassembler, &stream, datagram) == Ok(MESSAGES),
                    BatchSize::LargeInput,
                );
            });
        }
    }
}

fn count(
    reassembler: &mut Reassembler,
    stream: &[u8],
    datagram: usize,
) -> Result<usize, WireError> {
    let mut messages = 0;
    for mut rest in stream.chunks(datagram) {
        while let Some(frame) = reassembler.next(&mut rest)? {
            black_box(frame.body());
            messages += 1;
        }
    }
    Ok(messages)
}

fn request(data: &[u8]) -> ClientMsg<'_> {
    ClientMsg {
        id: 300,
        kind: ClientMsgType::Data,
        handler: "Echo.echo",
        data,
    }
}

fn reply(data: &[u8]) -> ServerMsg<'_> {
    ServerMsg {
        id: 300,
        kind: ServerMsgType::Data,
        data,
    }
}

const MESSAGES: usize = 64;
