#[allow(dead_code, reason = "a program that only calls does not name the trait")]
pub trait Kv: ::core::marker::Send + ::core::marker::Sync + 'static {
    fn get(
        &self,
        key: &str,
    ) -> impl ::core::future::Future<Output = Option<Vec<u8>>> + ::core::marker::Send;
    fn put(
        &self,
        key: &str,
        value: &[u8],
    ) -> impl ::core::future::Future<
        Output = Result<(), KvError>,
    > + ::core::marker::Send;
    fn push(
        &self,
        key: &str,
        value: &[u8],
    ) -> impl ::core::future::Future<
        Output = Result<(), KvError>,
    > + ::core::marker::Send;
}
/// Serves a [`Kv`]: hand it to `Server::add_service`.
pub struct KvServer<T> {
    service: ::std::sync::Arc<T>,
}
impl<T: Kv> KvServer<T> {
    /// Serves this [`Kv`].
    #[must_use]
    pub fn new(service: T) -> Self {
        Self::from_arc(::std::sync::Arc::new(service))
    }
    /// Serves a [`Kv`] that the program uses elsewhere too.
    #[must_use]
    pub fn from_arc(service: ::std::sync::Arc<T>) -> Self {
        Self { service }
    }
}
#[automatically_derived]
impl<T: Kv> ::domainsockets::Service for KvServer<T> {
    fn register(
        self,
        methods: &mut ::domainsockets::__private::Methods,
    ) -> ::core::result::Result<(), ::domainsockets::ServeError> {
        methods
            .add_method(
                &KvClient::method_GET,
                {
                    let service = ::core::clone::Clone::clone(&self.service);
                    move |request: ::domainsockets::__private::Request| {
                        let service = ::core::clone::Clone::clone(&service);
                        async move {
                            let (key,) = ::domainsockets::__private::decode::<
                                (&str,),
                            >(&request)?;
                            ::domainsockets::__private::encode_bytes(
                                &KvClient::method_GET,
                                <T as Kv>::get(&service, key).await,
                            )
                        }
                    }
                },
            )?;
        methods
            .add_method(
                &KvClient::method_PUT,
                {
                    let service = ::core::clone::Clone::clone(&self.service);
                    move |request: ::domainsockets::__private::Request| {
                        let service = ::core::clone::Clone::clone(&service);
                        async move {
                            let (key, value) = ::domainsockets::__private::decode::<
                                (&str, &[u8]),
                            >(&request)?;
                            ::domainsockets::__private::encode(
                                &KvClient::method_PUT,
                                &<T as Kv>::put(&service, key, value).await,
                            )
                        }
                    }
                },
            )?;
        methods
            .add_method(
                &KvClient::method_PUSH,
                {
                    let service = ::core::clone::Clone::clone(&self.service);
                    move |request: ::domainsockets::__private::Request| {
                        let service = ::core::clone::Clone::clone(&service);
                        async move {
                            let (key, value) = ::domainsockets::__private::decode::<
                                (&str, &[u8]),
                            >(&request)?;
                            ::domainsockets::__private::encode(
                                &KvClient::method_PUSH,
                                &<T as Kv>::push(&service, key, value).await,
                            )
                        }
                    }
                },
            )?;
        ::core::result::Result::Ok(())
    }
}
#[automatically_derived]
impl<T> ::core::clone::Clone for KvServer<T> {
    fn clone(&self) -> Self {
        Self {
            service: ::core::clone::Clone::clone(&self.service),
        }
    }
}
#[automatically_derived]
impl<T> ::core::fmt::Debug for KvServer<T> {
    fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        formatter.debug_struct(::core::stringify!(KvServer)).finish_non_exhaustive()
    }
}
/// Calls a [`Kv`] of another process.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct KvClient<C = ::domainsockets::Client> {
    carrier: C,
}
#[allow(unused_imports)]
use ::domainsockets::__private::Unmade as _;
#[allow(non_upper_case_globals)]
impl KvClient {
    /// The handler name of [`Kv::get`].
    pub const GET: &'static str = "Kv.get";
    /// The handler name of [`Kv::put`].
    pub const PUT: &'static str = "Put";
    /// The handler name of [`Kv::push`].
    pub const PUSH: &'static str = "Kv.push";
    /// The handler names of [`Kv`], in the order of its methods.
    pub const HANDLERS: &'static [&'static str] = &["Kv.get", "Put", "Kv.push"];
    const method_GET: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
            "Kv.get",
            &["key"],
            [
                ::domainsockets::__private::Made::<(&str,)>::BY,
                ::domainsockets::__private::Made::<
                    ::domainsockets::__private::AsBytes<Option<Vec<u8>>>,
                >::BY,
            ],
        )
        .idempotent();
    const method_PUT: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
            "Put",
            &["key", "value"],
            [
                ::domainsockets::__private::Made::<(&str, &[u8])>::BY,
                ::domainsockets::__private::Made::<
                    ::core::result::Result<(), KvError>,
                >::BY,
            ],
        )
        .idempotent();
    const method_PUSH: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
        "Kv.push",
        &["key", "value"],
        [
            ::domainsockets::__private::Made::<(&str, &[u8])>::BY,
            ::domainsockets::__private::Made::<::core::result::Result<(), KvError>>::BY,
        ],
    );
    /// What the methods of [`Kv`] take and return, in their order, down to the fields of their types.
    #[must_use]
    pub fn signatures() -> ::std::vec::Vec<::domainsockets::signature::Signature> {
        ::domainsockets::__private::list(
            &[Self::method_GET, Self::method_PUT, Self::method_PUSH],
        )
    }
}
impl KvClient {
    /// Connects to the server of this name: a bare name is a file in the directory for
    /// temporary files, an absolute path is used as it is.
    ///
    /// # Errors
    ///
    /// If no server can be reached there.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves no connection behind.
    pub async fn dial(
        name: impl ::core::convert::AsRef<::std::path::Path>,
    ) -> ::core::result::Result<Self, ::domainsockets::Error> {
        ::core::result::Result::Ok(Self::new(::domainsockets::Client::dial(name).await?))
    }
}
impl KvClient<::domainsockets::Local> {
    /// Calls this [`Kv`] in the same process, without a socket.
    ///
    /// # Errors
    ///
    /// If somebody whom a method is to allow cannot be found.
    pub fn local(
        service: impl Kv,
    ) -> ::core::result::Result<Self, ::domainsockets::ServeError> {
        let server = KvServer::<_>::new(service);
        ::core::result::Result::Ok(Self::new(::domainsockets::Local::new(server)?))
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
    /// Calls [`Kv::get`].
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
    /// Calls [`Kv::push`].
    pub async fn push(
        &self,
        key: &str,
        value: &[u8],
    ) -> ::core::result::Result<(), ::domainsockets::CallError<KvError>> {
        ::domainsockets::__private::call_fallible(
                &self.carrier,
                &KvClient::method_PUSH,
                ::domainsockets::__private::arguments(
                    &KvClient::method_PUSH,
                    &(key, ::domainsockets::__private::AsBytes(value)),
                ),
            )
            .await
    }
}
