#[allow(dead_code, reason = "a program that only calls does not name the trait")]
pub trait Kv: ::core::marker::Send + ::core::marker::Sync + 'static {
    fn len(&self) -> u64;
    fn count(self) -> u64;
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
                &KvClient::method_LEN,
                {
                    let service = ::core::clone::Clone::clone(&self.service);
                    move |request: ::domainsockets::__private::Request| {
                        let service = ::core::clone::Clone::clone(&service);
                        async move {
                            ::domainsockets::__private::decode::<()>(&request)?;
                            ::domainsockets::__private::encode(
                                &KvClient::method_LEN,
                                &<T as Kv>::len(&service),
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
    /// The handler name of [`Kv::len`].
    pub const LEN: &'static str = "Kv.len";
    /// The handler names of [`Kv`], in the order of its methods.
    pub const HANDLERS: &'static [&'static str] = &["Kv.len"];
    const method_LEN: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
        "Kv.len",
        &[],
        [
            ::domainsockets::__private::Made::<()>::BY,
            ::domainsockets::__private::Made::<u64>::BY,
        ],
    );
    /// What the methods of [`Kv`] take and return, in their order, down to the fields of their types.
    #[must_use]
    pub fn signatures() -> ::std::vec::Vec<::domainsockets::signature::Signature> {
        ::domainsockets::__private::list(&[Self::method_LEN])
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
    /// Calls [`Kv::len`].
    pub async fn len(&self) -> ::core::result::Result<u64, ::domainsockets::Error> {
        ::domainsockets::__private::call(
                &self.carrier,
                &KvClient::method_LEN,
                ::domainsockets::__private::arguments(&KvClient::method_LEN, &()),
            )
            .await
    }
}
::core::compile_error! {
    "a method of a service takes `&self`, not `self`: many calls share one value"
}
