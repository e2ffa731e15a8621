#[allow(dead_code, reason = "a program that only calls does not name the trait")]
pub trait Kv: ::core::marker::Send + ::core::marker::Sync + 'static {
    /// Returns the value stored under `key`.
    fn get(
        &self,
        key: &str,
    ) -> impl ::core::future::Future<Output = Option<Vec<u8>>> + ::core::marker::Send;
    fn put(&self, key: &str, value: &[u8]) -> Result<(), KvError>;
}
/// Calls a [`Kv`] of another process.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct KvClient<C = ::domainsockets::blocking::Client> {
    carrier: C,
}
#[allow(unused_imports)]
use ::domainsockets::__private::Unmade as _;
#[allow(non_upper_case_globals)]
impl KvClient {
    /// The handler name of [`Kv::get`].
    pub const GET: &'static str = "Kv.get";
    /// The handler name of [`Kv::put`].
    pub const PUT: &'static str = "Kv.put";
    /// The handler names of [`Kv`], in the order of its methods.
    pub const HANDLERS: &'static [&'static str] = &["Kv.get", "Kv.put"];
    const method_GET: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
        "Kv.get",
        &["key"],
        [
            ::domainsockets::__private::Made::<(&str,)>::BY,
            ::domainsockets::__private::Made::<
                ::domainsockets::__private::AsBytes<Option<Vec<u8>>>,
            >::BY,
        ],
    );
    const method_PUT: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
            "Kv.put",
            &["key", "value"],
            [
                ::domainsockets::__private::Made::<(&str, &[u8])>::BY,
                ::domainsockets::__private::Made::<
                    ::core::result::Result<(), KvError>,
                >::BY,
            ],
        )
        .idempotent();
    /// What the methods of [`Kv`] take and return, in their order, down to the fields of their types.
    #[must_use]
    pub fn signatures() -> ::std::vec::Vec<::domainsockets::signature::Signature> {
        ::domainsockets::__private::list(&[Self::method_GET, Self::method_PUT])
    }
}
impl<C: ::domainsockets::Carrier> KvClient<C> {
    /// Calls over this carrier.
    #[must_use]
    pub fn new(carrier: C) -> Self {
        Self { carrier }
    }
    /// What carries the calls.
    #[must_use]
    pub fn carrier(&self) -> &C {
        &self.carrier
    }
    /// Calls over the same carrier, with these options. They go before those of the stub that
    /// this is called on.
    #[must_use]
    pub fn with(
        &self,
        options: ::domainsockets::CallOptions,
    ) -> KvClient<::domainsockets::With<C>>
    where
        C: ::core::clone::Clone,
    {
        KvClient::new(
            ::domainsockets::With::new(
                ::core::clone::Clone::clone(&self.carrier),
                options,
            ),
        )
    }
    /// Gives the carrier back.
    #[must_use]
    pub fn into_inner(self) -> C {
        self.carrier
    }
    /// Returns the value stored under `key`.
    pub async fn get(
        &self,
        key: &str,
    ) -> ::core::result::Result<Option<Vec<u8>>, ::domainsockets::Error> {
        ::domainsockets::__private::call_bytes(
                &self.carrier,
                &KvClient::method_GET,
                ::domainsockets::__private::arguments(&KvClient::method_GET, &(key,)),
            )
            .await
    }
    /// Calls [`Kv::put`].
    pub async fn put(
        &self,
        key: &str,
        value: &[u8],
    ) -> ::core::result::Result<(), ::domainsockets::CallError<KvError>> {
        ::domainsockets::__private::call_fallible(
                &self.carrier,
                &KvClient::method_PUT,
                ::domainsockets::__private::arguments(
                    &KvClient::method_PUT,
                    &(key, ::domainsockets::__private::AsBytes(value)),
                ),
            )
            .await
    }
}
/// Calls a [`Kv`] of another process, and waits.
pub struct KvBlockingClient {
    stub: KvClient<::domainsockets::blocking::Client>,
}
impl KvBlockingClient {
    /// Connects to the server of this name: a bare name is a file in the directory for
    /// temporary files, an absolute path is used as it is.
    ///
    /// # Errors
    ///
    /// If no server can be reached there.
    pub fn dial(
        name: impl ::core::convert::AsRef<::std::path::Path>,
    ) -> ::core::result::Result<Self, ::domainsockets::Error> {
        ::core::result::Result::Ok(
            Self::new(::domainsockets::blocking::Client::dial(name)?),
        )
    }
    /// Calls over this client.
    #[must_use]
    pub fn new(client: ::domainsockets::blocking::Client) -> Self {
        Self {
            stub: KvClient::new(client),
        }
    }
    /// What the calls are made over.
    #[must_use]
    pub fn client(&self) -> &::domainsockets::blocking::Client {
        self.stub.carrier()
    }
    /// Gives the client back.
    #[must_use]
    pub fn into_inner(self) -> ::domainsockets::blocking::Client {
        self.stub.into_inner()
    }
    /// Returns the value stored under `key`.
    pub fn get(
        &self,
        key: &str,
    ) -> ::core::result::Result<Option<Vec<u8>>, ::domainsockets::Error> {
        ::domainsockets::__private::block_on(self.stub.get(key))
    }
    /// Calls [`Kv::put`].
    pub fn put(
        &self,
        key: &str,
        value: &[u8],
    ) -> ::core::result::Result<(), ::domainsockets::CallError<KvError>> {
        ::domainsockets::__private::block_on(self.stub.put(key, value))
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for KvBlockingClient {
    fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        formatter
            .debug_struct(::core::stringify!(KvBlockingClient))
            .field("client", self.client())
            .finish()
    }
}
