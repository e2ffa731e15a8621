#[allow(dead_code, reason = "a program that only calls does not name the trait")]
pub trait Index: ::core::marker::Send + ::core::marker::Sync + 'static {
    fn search(
        &self,
        text: &str,
    ) -> impl ::core::future::Future<Output = u64> + ::core::marker::Send;
    fn rebuild(
        &self,
    ) -> impl ::core::future::Future<Output = Result<(), Full>> + ::core::marker::Send;
    fn touch(
        &self,
        page: u64,
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send;
}
/// Serves a [`Index`]: hand it to `Server::add_service`.
pub struct IndexServer<T> {
    service: ::std::sync::Arc<T>,
}
impl<T: Index> IndexServer<T> {
    /// Serves this [`Index`].
    #[must_use]
    pub fn new(service: T) -> Self {
        Self::from_arc(::std::sync::Arc::new(service))
    }
    /// Serves a [`Index`] that the program uses elsewhere too.
    #[must_use]
    pub fn from_arc(service: ::std::sync::Arc<T>) -> Self {
        Self { service }
    }
}
#[automatically_derived]
impl<T: Index> ::domainsockets::Service for IndexServer<T> {
    fn register(
        self,
        methods: &mut ::domainsockets::__private::Methods,
    ) -> ::core::result::Result<(), ::domainsockets::ServeError> {
        methods
            .add_method(
                &IndexClient::method_SEARCH,
                {
                    let service = ::core::clone::Clone::clone(&self.service);
                    move |request: ::domainsockets::__private::Request| {
                        let service = ::core::clone::Clone::clone(&service);
                        async move {
                            let (text,) = ::domainsockets::__private::decode::<
                                (&str,),
                            >(&request)?;
                            ::domainsockets::__private::encode(
                                &IndexClient::method_SEARCH,
                                &<T as Index>::search(&service, text).await,
                            )
                        }
                    }
                },
            )?;
        methods
            .add_method(
                &IndexClient::method_REBUILD,
                {
                    let service = ::core::clone::Clone::clone(&self.service);
                    move |request: ::domainsockets::__private::Request| {
                        let service = ::core::clone::Clone::clone(&service);
                        async move {
                            ::domainsockets::__private::decode::<()>(&request)?;
                            ::domainsockets::__private::encode(
                                &IndexClient::method_REBUILD,
                                &<T as Index>::rebuild(&service).await,
                            )
                        }
                    }
                },
            )?;
        methods
            .add_method(
                &IndexClient::method_TOUCH,
                {
                    let service = ::core::clone::Clone::clone(&self.service);
                    move |request: ::domainsockets::__private::Request| {
                        let service = ::core::clone::Clone::clone(&service);
                        async move {
                            let (page,) = ::domainsockets::__private::decode::<
                                (u64,),
                            >(&request)?;
                            ::domainsockets::__private::encode(
                                &IndexClient::method_TOUCH,
                                &<T as Index>::touch(&service, page).await,
                            )
                        }
                    }
                },
            )?;
        ::core::result::Result::Ok(())
    }
}
#[automatically_derived]
impl<T> ::core::clone::Clone for IndexServer<T> {
    fn clone(&self) -> Self {
        Self {
            service: ::core::clone::Clone::clone(&self.service),
        }
    }
}
#[automatically_derived]
impl<T> ::core::fmt::Debug for IndexServer<T> {
    fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        formatter.debug_struct(::core::stringify!(IndexServer)).finish_non_exhaustive()
    }
}
/// Calls a [`Index`] of another process.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct IndexClient<C = ::domainsockets::Client> {
    carrier: C,
}
#[allow(unused_imports)]
use ::domainsockets::__private::Unmade as _;
#[allow(non_upper_case_globals)]
impl IndexClient {
    /// The handler name of [`Index::search`].
    pub const SEARCH: &'static str = "Index.search";
    /// The handler name of [`Index::rebuild`].
    pub const REBUILD: &'static str = "Index.rebuild";
    /// The handler name of [`Index::touch`].
    pub const TOUCH: &'static str = "Index.touch";
    /// The handler names of [`Index`], in the order of its methods.
    pub const HANDLERS: &'static [&'static str] = &[
        "Index.search",
        "Index.rebuild",
        "Index.touch",
    ];
    const method_SEARCH: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
            "Index.search",
            &["text"],
            [
                ::domainsockets::__private::Made::<(&str,)>::BY,
                ::domainsockets::__private::Made::<u64>::BY,
            ],
        )
        .within(500000u64);
    const method_REBUILD: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
            "Index.rebuild",
            &[],
            [
                ::domainsockets::__private::Made::<()>::BY,
                ::domainsockets::__private::Made::<::core::result::Result<(), Full>>::BY,
            ],
        )
        .within(120000000u64)
        .idempotent();
    const method_TOUCH: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
            "Index.touch",
            &["page"],
            [
                ::domainsockets::__private::Made::<(u64,)>::BY,
                ::domainsockets::__private::Made::<()>::BY,
            ],
        )
        .within(5000000u64);
    /// What the methods of [`Index`] take and return, in their order, down to the fields of their types.
    #[must_use]
    pub fn signatures() -> ::std::vec::Vec<::domainsockets::signature::Signature> {
        ::domainsockets::__private::list(
            &[Self::method_SEARCH, Self::method_REBUILD, Self::method_TOUCH],
        )
    }
}
impl IndexClient {
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
impl IndexClient<::domainsockets::Local> {
    /// Calls this [`Index`] in the same process, without a socket.
    ///
    /// # Errors
    ///
    /// If somebody whom a method is to allow cannot be found.
    pub fn local(
        service: impl Index,
    ) -> ::core::result::Result<Self, ::domainsockets::ServeError> {
        let server = IndexServer::<_>::new(service);
        ::core::result::Result::Ok(Self::new(::domainsockets::Local::new(server)?))
    }
}
impl<C: ::domainsockets::Carrier> IndexClient<C> {
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
    ) -> IndexClient<::domainsockets::With<C>>
    where
        C: ::core::clone::Clone,
    {
        IndexClient::new(
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
    /// Calls [`Index::search`].
    pub async fn search(
        &self,
        text: &str,
    ) -> ::core::result::Result<u64, ::domainsockets::Error> {
        ::domainsockets::__private::call(
                &self.carrier,
                &IndexClient::method_SEARCH,
                ::domainsockets::__private::arguments(
                    &IndexClient::method_SEARCH,
                    &(text,),
                ),
            )
            .await
    }
    /// Calls [`Index::rebuild`].
    pub async fn rebuild(
        &self,
    ) -> ::core::result::Result<(), ::domainsockets::CallError<Full>> {
        ::domainsockets::__private::call_fallible(
                &self.carrier,
                &IndexClient::method_REBUILD,
                ::domainsockets::__private::arguments(&IndexClient::method_REBUILD, &()),
            )
            .await
    }
    /// Calls [`Index::touch`].
    pub async fn touch(
        &self,
        page: u64,
    ) -> ::core::result::Result<(), ::domainsockets::Error> {
        ::domainsockets::__private::send(
                &self.carrier,
                &IndexClient::method_TOUCH,
                ::domainsockets::__private::arguments(
                    &IndexClient::method_TOUCH,
                    &(page,),
                ),
            )
            .await
    }
}
