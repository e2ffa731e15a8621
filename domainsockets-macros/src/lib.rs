//! The `#[service]` attribute of the `domainsockets` crate.
//!
//! Do not depend on this crate: `domainsockets` exports the attribute, and both are released
//! together. The examples of its documentation are in `domainsockets` as well, where they
//! compile.

use proc_macro::TokenStream;

mod service;

/// Makes a trait a service: its methods can be called from another process.
///
/// ```text
/// #[domainsockets::service]
/// pub trait Kv {
///     /// Returns the value stored under `key`.
///     async fn get(&self, key: &str) -> Option<Vec<u8>>;
///     async fn put(&self, key: &str, value: &[u8]) -> Result<(), KvError>;
///     fn len(&self) -> u64;
/// }
/// ```
///
/// # What it makes
///
/// All of it has the visibility of the trait.
///
/// * The trait itself. An `async fn` becomes a `fn` that returns
///   `impl Future<Output = …> + Send`, and is still implemented with `async fn`; a plain `fn`
///   stays one. `Send + Sync + 'static` become supertraits, beside those of the user's own.
///   Default bodies and associated constants stay in the trait: they are the server's, and no
///   part of the wire or the stub.
/// * `KvServer<T>`, a `domainsockets::Service` for every `T: Kv`: `KvServer::new(store)`, or
///   `KvServer::from_arc(store)` if the program keeps a hand on the store.
/// * `KvClient<C = Client>`, the stub: `KvClient::dial(name)` connects to a server,
///   `KvClient::local(store)` calls a `Kv` of the same process without one,
///   `KvClient::new(carrier)` calls over any `domainsockets::Carrier`, `carrier()` and
///   `into_inner()` give that back, `with(options)` calls with `domainsockets::CallOptions`. Each
///   method of the trait is an `async fn` of the stub with the same name, arguments and
///   documentation.
/// * With the feature `blocking`, `KvBlockingClient`: the same methods, `new`, `dial`, `client` and
///   `into_inner` over a `domainsockets::blocking::Client`, as plain functions that wait. Without
///   the feature `tokio` there is no `KvServer`, and `KvClient` has no `dial`.
/// * For a trait with parameters, `trait Kv<K, V>`, these are `KvServer<T, K, V>` and
///   `KvClient<K, V, C = Client>`, with the bounds and the where clause of the trait. What the
///   methods take and return has to be `Serialize` and `DeserializeOwned` by them. The types become
///   `Send + Sync + 'static`, as the trait does. The handler names do not tell one `Kv` from another,
///   so a server can have one of them.
/// * The handler names: `KvClient::GET` is `"Kv.get"`, and `KvClient::HANDLERS` has all of
///   them.
/// * `KvClient::signatures()`: what each method takes and returns, down to the fields of its types, for
///   `domainsockets::signature` to compare.
///
/// # Arguments and replies
///
/// A request carries the tuple of the arguments behind `&self`, `()` if there are none; with a codec
/// that says so, their names as well.
/// An argument right behind `&self` whose type is called `Context`, or is a reference to such a
/// one, is not among them: the server puts the `domainsockets::Context` of the call there, and the
/// stub's method does not have it. The attribute goes by the name, with or without a path in front
/// of it, so it does not see through an alias, and a type of the user's own needs another name,
/// unless it has generic arguments and stands somewhere else.
///
/// | argument | decoded by the server as |
/// |---|---|
/// | `T` | `T` |
/// | `&str`, `&[u8]`, `&Path` | the same, borrowed from the request |
/// | `Option<&str>`, `Vec<&[u8]>`, `Cow<'_, str>`, … | the same, borrowed where serde can |
/// | `&[T]` | `Vec<T>` |
/// | `&T` | `T` |
///
/// | the method returns | the stub returns |
/// |---|---|
/// | nothing | `Result<(), Error>` |
/// | `T` | `Result<T, Error>` |
/// | `Result<T, E>` | `Result<T, CallError<E>>` |
/// | an alias of `Result<T, E>` | `Result<T, CallError<E>>` |
///
/// What counts as a `Result` is a type whose last word is `Result`, such as `crate::Result<T>`, and
/// what is said to be one by `#[rpc(fallible)]`. All types are serialised with serde: arguments are
/// `Serialize`, and what the table says that they are decoded as is `Deserialize`, in a program that has
/// the stub alone as well, since that finds out what their types are; replies are `Serialize` and
/// `DeserializeOwned`.
///
/// # Options
///
/// * `#[service(name = "Store")]` puts `Store.` instead of `Kv.` in front of the methods.
/// * `#[service(codec = path)]` has arguments and replies written by another codec than
///   `domainsockets::codec::Bincode`: `domainsockets::codec::Json`, `MessagePack`, or a type that
///   implements `domainsockets::codec::Codec`, in the server and in the stub. `Json` and `MessagePack`
///   carry arguments by their names, so a name is a part of the protocol then.
/// * `#[service(crate = path)]` is for those who reach `domainsockets` by another path than
///   `::domainsockets`.
/// * `#[rpc(name = "HelloWorld")]` on a method sets its whole handler name, such as the one of
///   an existing server.
/// * `#[rpc(allow(…))]` on a method says who may call it, out of those who may call the server;
///   `#[service(allow(…))]` says it for the methods without one. All others get
///   `Error::PermissionDenied`, and nothing of them is decoded. The list has any number of
///   `root`, `own_user` (the one whom the server acts as), `user = "alice"`, `group = "audio"`,
///   `uid = 1000` and `gid = 100`, or `anyone` alone. A name that the server's machine does not
///   know is `ServeError::UnknownAccount` when the service is added.
/// * `#[rpc(idempotent)]` on a method says that its calls may run more than once, so that a
///   client that reconnects repeats those that it loses.
/// * `#[rpc(fallible)]` on a method says that it returns an alias of `Result` that is called
///   otherwise.
/// * `#[rpc(alias = "Old.name")]` or `#[rpc(alias("a", "b"))]` on a method gives it further handler
///   names. The server registers it under all of them, for the same callers. The stub uses the
///   method's own name only, and `HANDLERS` has no other; a lock knows the method by all of them.
/// * `#[rpc(raw)]` on a method passes the data of its request and reply on as they are, so that a
///   trait can describe handlers that know nothing of this crate's encoding. The method takes
///   `&[u8]`, `Vec<u8>` or `Bytes`, or nothing, in which case the stub sends nothing and the server
///   does not look at what comes. It returns `Vec<u8>`, `Bytes` or nothing, or a `Result` of one of
///   them, of whose error the client sees the text that `Display` gives. The stub returns
///   `Result<_, Error>`, with that text in `Error::Handler`.
/// * `#[rpc(blocking)]` on a method that is not async lets it run on a thread on which it may block,
///   one of `tokio::task::spawn_blocking`. Nothing stops a thread: if the call is cancelled or its
///   caller gone, the method goes on, counts as running until it ends, and has its result dropped.
/// * `#[rpc(no_cancel)]` on a method lets it finish although its call is cancelled or its caller gone.
///   Until then it counts as running, for the limits and for a shutdown's grace. The hard end of
///   a server does not wait for it: it runs on as long as the runtime does.
/// * `#[rpc(deadline = "500ms")]` on a method says how long its calls may take, unless the caller
///   says otherwise by the stub's `with`: a whole number and `us`, `ms`, `s` or `min`. It goes before
///   what the client is set to, and the server is told of it.
/// * `#[rpc(oneway)]` on a method that returns nothing says that nobody waits for its reply: the
///   stub's method returns when the request has left the process. A call of it is never repeated. It
///   ends with its connection, so with the last clone of its client: `#[rpc(oneway, no_cancel)]` has
///   it finish all the same, once it has begun.
///
/// `#[cfg]` on a method holds for everything made of it. Documentation and `#[deprecated]`
/// are carried over to the stub. Other attributes stay on the trait, and so do those of arguments.
///
/// # What is an error
///
/// All errors of a trait are reported at once, each at the token to change. The methods
/// without one are expanded, so that their users see no further errors.
///
/// The trait
/// * is a trait, neither `unsafe` nor `auto`, without lifetimes or `?Sized` parameters, and binds
///   `Self` by supertraits only;
/// * has at least one method, and methods and constants only: no associated types or macros.
///
/// A method
/// * takes `&self`, not `self`, `&mut self` or `self: Box<Self>`;
/// * has no generic parameters, lifetimes included, and no where clause;
/// * is not `const`, `unsafe` or `extern`;
/// * is not called `new`, `dial`, `local`, `carrier`, `client`, `into_inner`, `with` or `signatures`, as
///   those are the stub's own, nor
///   such that its constant would be `HANDLERS`, that of another method, or its own name;
/// * has a handler name of its own, of 1 to 1024 bytes, that does not begin with `$` and holds
///   no control characters; the same holds for its aliases;
/// * that is raw has one argument at most, and neither takes nor returns anything but bytes;
/// * that is blocking is not async.
///
/// An argument
/// * is a plain name, not a pattern, and has no `#[cfg]`; there are at most 16, and a `Context`;
/// * is a `Context` or `&Context` only right behind `&self`, and contains none;
/// * is not, and does not contain, a `&mut`, `impl`, `dyn`, `Self`, pointer or function;
/// * has references to anything else than `str`, `[u8]` and `Path` only as the whole argument,
///   and none of them is `'static`.
///
/// A reply
/// * owns what it holds: no references, and no lifetimes but `'static`;
/// * is not, and does not contain, an `impl`, `dyn`, `Self`, pointer, function or `!`;
/// * is not, and does not contain, a `Context`;
/// * is a `Result`, or an alias of it, if its last word is `Result`.
///
/// The attributes know no other keys, take each once, and cannot see into a `cfg_attr`. An
/// `allow(…)` is not empty and names nobody twice, a deadline is a time that
/// is not zero, and a method that is `oneway` returns nothing and is not `idempotent`.
#[proc_macro_attribute]
pub fn service(args: TokenStream, item: TokenStream) -> TokenStream {
    service::service(args.into(), item.into(), service::Made::ENABLED).into()
}
