//! Methods that take and return bytes, whatever their size.

use domainsockets::{Bytes, CallError, Server, service};

#[service]
trait Blobs {
    async fn shared(&self, data: Bytes) -> Bytes;
    async fn owned(&self, data: Vec<u8>) -> Vec<u8>;
    async fn borrowed(&self, name: &str, data: &[u8]) -> Option<Vec<u8>>;
    async fn in_front(&self, data: Bytes, times: u32) -> Result<Option<Bytes>, String>;
    async fn two(&self, first: Bytes, second: Bytes) -> (Vec<u8>, Vec<u8>);
}

struct Mirror;

impl Blobs for Mirror {
    async fn shared(&self, data: Bytes) -> Bytes {
        data
    }

    async fn owned(&self, data: Vec<u8>) -> Vec<u8> {
        data
    }

    async fn borrowed(&self, name: &str, data: &[u8]) -> Option<Vec<u8>> {
        (name == "yes").then(|| data.to_vec())
    }

    async fn in_front(&self, data: Bytes, times: u32) -> Result<Option<Bytes>, String> {
        match times {
            0 => Err("never".to_owned()),
            1 => Ok(Some(data)),
            _ => Ok(None),
        }
    }

    async fn two(&self, first: Bytes, second: Bytes) -> (Vec<u8>, Vec<u8>) {
        (second.to_vec(), first.to_vec())
    }
}

#[tokio::test]
async fn bytes_come_back_at_every_size_and_place() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("blobs");
    let server = Server::bind(&path).unwrap();
    let server = server
        .add_service(BlobsServer::new(Mirror))
        .unwrap()
        .start()
        .unwrap();
    let blobs = BlobsClient::dial(&path).await.unwrap();
    // Around where bytes are copied, shared, cut into datagrams, and collected in kept memory.
    for size in [
        0, 1, 250, 4095, 4096, 4097, 65_530, 65_536, 1_000_000, 4_194_000,
    ] {
        let data: Bytes = (0..size)
            .map(|n: u32| n.to_le_bytes()[0] ^ n.to_le_bytes()[1])
            .collect();
        assert_eq!(blobs.shared(data.clone()).await.unwrap(), data);
        assert_eq!(blobs.owned(data.to_vec()).await.unwrap(), data);
        assert_eq!(blobs.borrowed("yes", &data).await.unwrap().unwrap(), data);
        assert_eq!(blobs.borrowed("no", &data).await.unwrap(), None);
        assert_eq!(
            blobs.in_front(data.clone(), 1).await.unwrap(),
            Some(data.clone())
        );
        assert_eq!(blobs.in_front(data.clone(), 2).await.unwrap(), None);
        let refused = blobs.in_front(data.clone(), 0).await.unwrap_err();
        assert!(matches!(refused, CallError::Method(text) if text == "never"));
        let half = data.slice(..data.len() / 2);
        let (second, first) = blobs.two(half.clone(), half.clone()).await.unwrap();
        assert_eq!(
            (first.as_slice(), second.as_slice()),
            (&half[..], &half[..])
        );
    }
    server.close().await.unwrap();
}
