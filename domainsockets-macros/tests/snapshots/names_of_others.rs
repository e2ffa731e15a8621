#[allow(dead_code, reason = "a program that only calls does not name the trait")]
pub(crate) trait Greeter: Clone + ::core::marker::Send + ::core::marker::Sync + 'static {
    fn hello(&self) -> String;
    fn r#type(&self) -> impl ::core::future::Future<Output = C> + ::core::marker::Send;
}
/// Serves a [`Greeter`]: hand it to `Server::add_service`.
pub(crate) struct GreeterServer<T> {
    service: ::std::sync::Arc<T>,
}
impl<T: Greeter> GreeterServer<T> {
    /// Serves this [`Greeter`].
    #[must_use]
    pub(crate) fn new(service: T) -> Self {
        Self::from_arc(::std::sync::Arc::new(service))
    }
    /// Serves a [`Greeter`] that the program uses elsewhere too.
    #[must_use]
    pub(crate) fn from_arc(service: ::std::sync::Arc<T>) -> Self {
        Self { service }
    }
}
#[automatically_derived]
impl<T: Greeter> ::domainsockets::Service for GreeterServer<T> {
    fn register(
        self,
        methods: &mut ::domainsockets::__private::Methods,
    ) -> ::core::result::Result<(), ::domainsockets::ServeError> {
        methods
            .add_method(
                &GreeterClient::method_HELLO,
                {
                    let service = ::core::clone::Clone::clone(&self.service);
                    move |request: ::domainsockets::__private::Request| {
                        let service = ::core::clone::Clone::clone(&service);
                        async move {
                            ::domainsockets::__private::decode::<()>(&request)?;
                            ::domainsockets::__private::encode(
                                &GreeterClient::method_HELLO,
                                &<T as Greeter>::hello(&service),
                            )
                        }
                    }
                },
            )?;
        methods
            .add_method(
                &GreeterClient::method_TYPE,
                {
                    let service = ::core::clone::Clone::clone(&self.service);
                    move |request: ::domainsockets::__private::Request| {
                        let service = ::core::clone::Clone::clone(&service);
                        async move {
                            ::domainsockets::__private::decode::<()>(&request)?;
                            ::domainsockets::__private::encode(
                                &GreeterClient::method_TYPE,
                                &<T as Greeter>::r#type(&service).await,
                            )
                        }
                    }
                },
            )?;
        ::core::result::Result::Ok(())
    }
}
#[automatically_derived]
impl<T> ::core::clone::Clone for GreeterServer<T> {
    fn clone(&self) -> Self {
        Self {
            service: ::core::clone::Clone::clone(&self.service),
        }
    }
}
#[automatically_derived]
impl<T> ::core::fmt::Debug for GreeterServer<T> {
    fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        formatter.debug_struct(::core::stringify!(GreeterServer)).finish_non_exhaustive()
    }
}
/// Calls a [`Greeter`] of another process.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub(crate) struct GreeterClient<_C = ::domainsockets::Client> {
    carrier: _C,
}
#[allow(unused_imports)]
use ::domainsockets::__private::Unmade as _;
#[allow(non_upper_case_globals)]
impl GreeterClient {
    /// The handler name of [`Greeter::hello`].
    pub(crate) const HELLO: &'static str = "HelloWorld";
    /// The handler name of [`Greeter::type`].
    pub(crate) const TYPE: &'static str = "demo.Hello.type";
    /// The handler names of [`Greeter`], in the order of its methods.
    pub(crate) const HANDLERS: &'static [&'static str] = &[
        "HelloWorld",
        "demo.Hello.type",
    ];
    const method_HELLO: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
        "HelloWorld",
        &[],
        [
            ::domainsockets::__private::Made::<()>::BY,
            ::domainsockets::__private::Made::<String>::BY,
        ],
    );
    const method_TYPE: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
        "demo.Hello.type",
        &[],
        [
            ::domainsockets::__private::Made::<()>::BY,
            ::domainsockets::__private::Made::<C>::BY,
        ],
    );
    /// What the methods of [`Greeter`] take and return, in their order, down to the fields of their types.
    #[must_use]
    pub(crate) fn signatures() -> ::std::vec::Vec<
        ::domainsockets::signature::Signature,
    > {
        ::domainsockets::__private::list(&[Self::method_HELLO, Self::method_TYPE])
    }
}
impl GreeterClient {
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
    pub(crate) async fn dial(
        name: impl ::core::convert::AsRef<::std::path::Path>,
    ) -> ::core::result::Result<Self, ::domainsockets::Error> {
        ::core::result::Result::Ok(Self::new(::domainsockets::Client::dial(name).await?))
    }
}
impl GreeterClient<::domainsockets::Local> {
    /// Calls this [`Greeter`] in the same process, without a socket.
    ///
    /// # Errors
    ///
    /// If somebody whom a method is to allow cannot be found.
    pub(crate) fn local(
        service: impl Greeter,
    ) -> ::core::result::Result<Self, ::domainsockets::ServeError> {
        let server = GreeterServer::<_>::new(service);
        ::core::result::Result::Ok(Self::new(::domainsockets::Local::new(server)?))
    }
}
impl<_C: ::domainsockets::Carrier> GreeterClient<_C> {
    /// Calls over this carrier.
    #[must_use]
    pub(crate) fn new(carrier: _C) -> Self {
        Self { carrier }
    }
    /// What carries the calls.
    #[must_use]
    pub(crate) fn carrier(&self) -> &_C {
        &self.carrier
    }
    /// Calls over the same carrier, with these options. They go before those of the stub that
    /// this is called on.
    #[must_use]
    pub(crate) fn with(
        &self,
        options: ::domainsockets::CallOptions,
    ) -> GreeterClient<::domainsockets::With<_C>>
    where
        _C: ::core::clone::Clone,
    {
        GreeterClient::new(
            ::domainsockets::With::new(
                ::core::clone::Clone::clone(&self.carrier),
                options,
            ),
        )
    }
    /// Gives the carrier back.
    #[must_use]
    pub(crate) fn into_inner(self) -> _C {
        self.carrier
    }
    /// Calls [`Greeter::hello`].
    pub(crate) async fn hello(
        &self,
    ) -> ::core::result::Result<String, ::domainsockets::Error> {
        ::domainsockets::__private::call(
                &self.carrier,
                &GreeterClient::method_HELLO,
                ::domainsockets::__private::arguments(&GreeterClient::method_HELLO, &()),
            )
            .await
    }
    /// Calls [`Greeter::type`].
    pub(crate) async fn r#type(
        &self,
    ) -> ::core::result::Result<C, ::domainsockets::Error> {
        ::domainsockets::__private::call(
                &self.carrier,
                &GreeterClient::method_TYPE,
                ::domainsockets::__private::arguments(&GreeterClient::method_TYPE, &()),
            )
            .await
    }
}
