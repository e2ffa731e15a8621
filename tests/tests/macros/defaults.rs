//! What a trait may have in addition to methods without a body: default bodies, constants, supertraits,
//! and attributes on arguments.

use std::fmt::Debug;

use domainsockets::{CallError, Client, Context, Server, service};
use tests::scratch::Scratch;
use tests::watchdog;

/// What methods with a body require of an implementation.
trait Named {
    fn name(&self) -> String;
}

#[service]
trait Shelf: Named + Debug {
    const CAPACITY: u64 = 2;

    fn len(&self) -> u64;

    fn is_full(&self) -> bool {
        self.len() == Self::CAPACITY
    }

    /// Awaits, and borrows all of its arguments.
    async fn label(
        &self,
        ctx: &Context,
        prefix: &str,
        #[expect(unused_variables, reason = "attributes stay")] font: u8,
    ) -> String {
        tokio::task::yield_now().await;
        format!("{prefix}{} in {}", self.name(), ctx.handler())
    }

    async fn put(&self, title: &str) -> Result<u64, String> {
        let len = u64::try_from(title.len()).map_err(|error| error.to_string())?;
        if self.is_full() {
            return Err(format!("{title} does not fit"));
        }
        Ok(len)
    }

    async fn burn(&self) {}

    async fn read(&self) -> u64 {
        unimplemented!("a body that never ends has the type of the reply, too")
    }
}

#[derive(Debug)]
struct Books(u64);

impl Named for Books {
    fn name(&self) -> String {
        "books".to_owned()
    }
}

impl Shelf for Books {
    fn len(&self) -> u64 {
        self.0
    }
}

#[derive(Debug)]
struct Records;

impl Named for Records {
    fn name(&self) -> String {
        "records".to_owned()
    }
}

impl Shelf for Records {
    const CAPACITY: u64 = 7;

    fn len(&self) -> u64 {
        7
    }

    async fn label(&self, _ctx: &Context, _prefix: &str, _font: u8) -> String {
        "overridden".to_owned()
    }
}

async fn serve(
    path: std::path::PathBuf,
    shelf: impl Shelf,
) -> (domainsockets::ServerHandle, ShelfClient) {
    let server = Server::bind(path).unwrap();
    let server = server.add_service(ShelfServer::new(shelf)).unwrap();
    let server = server.start().unwrap();
    let client = Client::dial(server.path()).await.unwrap();
    (server, ShelfClient::new(client))
}

#[test]
fn default_bodies_are_served() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let (server, books) = serve(scratch.path("books"), Books(1)).await;
        assert!(!books.is_full().await.unwrap());
        assert_eq!(
            books.label("my ", 1).await.unwrap(),
            "my books in Shelf.label"
        );
        assert_eq!(books.put("Emma").await.unwrap(), 4);
        books.burn().await.unwrap();
        drop(books);
        server.close().await.unwrap();

        let (server, records) = serve(scratch.path("records"), Records).await;
        assert!(records.is_full().await.unwrap());
        assert_eq!(records.label("", 1).await.unwrap(), "overridden");
        match records.put("Blue").await {
            Err(CallError::Method(error)) => assert_eq!(error, "Blue does not fit"),
            other => panic!("the body continued after its return: {other:?}"),
        }
        drop(records);
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

#[test]
fn constants_are_no_part_of_the_stub() {
    assert_eq!(<Books as Shelf>::CAPACITY, 2);
    assert_eq!(
        ShelfClient::<Client>::HANDLERS,
        [
            "Shelf.len",
            "Shelf.is_full",
            "Shelf.label",
            "Shelf.put",
            "Shelf.burn",
            "Shelf.read"
        ]
    );
}
