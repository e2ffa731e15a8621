//! Lists and maps of small values may fill a message, and claimed lengths cause no work.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use domainsockets::{Client, Error, Server, service};
use serde::{Deserialize, Serialize};
use tests::handshake::StartServer;
use tests::scratch::Scratch;
use tests::watchdog;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Small {
    a: u8,
    b: bool,
}

#[service]
trait Image {
    async fn draw(&self, pixels: Vec<[u8; 3]>) -> Vec<[u8; 3]>;
    async fn read(&self, len: u32) -> Vec<(u8, bool)>;
    async fn smalls(&self, smalls: Vec<Small>) -> Vec<Small>;
    async fn map(&self, map: BTreeMap<u32, (u8, Small)>) -> BTreeMap<u32, (u8, Small)>;
    async fn units(&self, units: Vec<Vec<()>>) -> usize;
}

struct Screen;

impl Image for Screen {
    async fn draw(&self, pixels: Vec<[u8; 3]>) -> Vec<[u8; 3]> {
        pixels
    }

    async fn read(&self, len: u32) -> Vec<(u8, bool)> {
        vec![(1, true); len as usize]
    }

    async fn smalls(&self, smalls: Vec<Small>) -> Vec<Small> {
        smalls
    }

    async fn map(&self, map: BTreeMap<u32, (u8, Small)>) -> BTreeMap<u32, (u8, Small)> {
        map
    }

    async fn units(&self, units: Vec<Vec<()>>) -> usize {
        units.len()
    }
}

#[test]
fn small_elements_fill_a_message_both_ways() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = Server::bind(scratch.path("image")).unwrap();
        let server = server.add_service(ImageServer::new(Screen)).unwrap();
        let server = server.started().unwrap();
        let client = Client::dial(server.path()).await.unwrap();
        let image = ImageClient::new(client.clone());

        let pixels = vec![[1, 2, 3]; 1_390_000];
        assert!(image.draw(pixels.clone()).await.unwrap() == pixels);
        assert_eq!(image.read(2_090_000).await.unwrap().len(), 2_090_000);
        let smalls = vec![Small { a: 1, b: true }; 2_090_000];
        assert!(image.smalls(smalls.clone()).await.unwrap() == smalls);
        let small = Small { a: 1, b: true };
        let map: BTreeMap<_, _> = (0..500_000).map(|n| (n, (7, small.clone()))).collect();
        assert!(image.map(map.clone()).await.unwrap() == map);

        // Each inner list claims 2^32 elements that occupy no byte.
        let mut claims = vec![251, 232, 3];
        claims.extend([252, 255, 255, 255, 255].repeat(1000));
        let begin = Instant::now();
        let refused = client.call(ImageClient::UNITS, claims).await;
        assert!(
            matches!(&refused, Err(Error::Codec(text)) if text.contains("more elements than the input can hold")),
            "{refused:?}"
        );
        assert!(begin.elapsed() < Duration::from_secs(1));
        drop((client, image));
        server.close().await.unwrap();
        scratch.leak_check();
    });
}
