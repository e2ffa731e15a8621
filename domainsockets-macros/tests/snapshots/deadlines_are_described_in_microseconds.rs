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
const _: () = {
    struct Mention<T>(::core::marker::PhantomData<fn() -> (T,)>);
    struct Used;
    impl<T: Index> ::core::convert::From<Mention<T>> for Used {
        fn from(_: Mention<T>) -> Self {
            let _ = <T as Index>::search;
            let _ = <T as Index>::rebuild;
            let _ = <T as Index>::touch;
            Self
        }
    }
    let _ = Used;
};
const _: () = {
    fn argument<'de, T>()
    where
        T: ::domainsockets::codec::Serialize + ::domainsockets::codec::Deserialize<'de>,
    {}
    fn written<T: ::domainsockets::codec::Serialize + ?::core::marker::Sized>() {}
    fn reply<T>()
    where
        T: ::domainsockets::codec::Serialize
            + for<'de> ::domainsockets::codec::Deserialize<'de>,
    {}
    fn bytes<T: ::domainsockets::__private::ByteValue>() {}
    fn raw<T: ::domainsockets::__private::RawValue>() {}
    fn codec<T: ::domainsockets::codec::Codec>() {}
    struct Types {}
    impl Types {
        fn types() {
            argument::<&str>();
            reply::<u64>();
            reply::<()>();
            reply::<Full>();
            argument::<u64>();
        }
    }
};
mod with_default_codec {
    mod with_tokio {
        /// The server adapter of [`Index`], a service for `Server::add_service`.
        pub struct IndexServer<T> {
            service: ::std::sync::Arc<T>,
        }
        const _: () = {
            fn argument_0() {}
            fn formatter() {}
            fn kept() {}
            fn methods() {}
            fn request() {}
            fn service() {}
            ::domainsockets::__private::import_fallbacks! {}
            impl<T: Index> IndexServer<T> {
                /// Serves this implementation of [`Index`].
                #[must_use]
                pub fn new(service: T) -> Self {
                    Self::from_arc(::std::sync::Arc::new(service))
                }
                /// Serves an implementation of [`Index`] shared through an `Arc`.
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
                                        let kept = ::domainsockets::__private::CodecOf::<
                                            ::domainsockets::codec::Bincode,
                                        >::arena();
                                        let (argument_0,) = ::domainsockets::__private::Requests::<
                                            ::domainsockets::codec::Bincode,
                                            (&str,),
                                        >::decode(&request, &kept, &["text"])?;
                                        ::domainsockets::__private::Results::<
                                            ::domainsockets::codec::Bincode,
                                            _,
                                        >::new(&<T as Index>::search(&service, argument_0).await)
                                            .encode(&IndexClient::method_SEARCH)
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
                                        let kept = ::domainsockets::__private::CodecOf::<
                                            ::domainsockets::codec::Bincode,
                                        >::arena();
                                        ::domainsockets::__private::Requests::<
                                            ::domainsockets::codec::Bincode,
                                            (),
                                        >::decode(&request, &kept, &[])?;
                                        ::domainsockets::__private::Results::<
                                            ::domainsockets::codec::Bincode,
                                            _,
                                        >::new(&<T as Index>::rebuild(&service).await)
                                            .encode(&IndexClient::method_REBUILD)
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
                                        let kept = ::domainsockets::__private::CodecOf::<
                                            ::domainsockets::codec::Bincode,
                                        >::arena();
                                        let (argument_0,) = ::domainsockets::__private::Requests::<
                                            ::domainsockets::codec::Bincode,
                                            (u64,),
                                        >::decode(&request, &kept, &["page"])?;
                                        ::domainsockets::__private::Results::<
                                            ::domainsockets::codec::Bincode,
                                            _,
                                        >::new(&<T as Index>::touch(&service, argument_0).await)
                                            .encode(&IndexClient::method_TOUCH)
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
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(IndexServer))
                        .finish_non_exhaustive()
                }
            }
        };
        /// A stub that calls [`Index`] in another process.
        pub struct IndexClient<C = ::domainsockets::Client> {
            carrier: C,
        }
        const _: () = {
            fn carrier() {}
            fn formatter() {}
            fn name() {}
            fn options() {}
            fn page() {}
            fn server() {}
            fn service() {}
            fn text() {}
            ::domainsockets::__private::import_fallbacks! {}
            impl IndexClient<::domainsockets::Client> {
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
                            ::domainsockets::__private::TypeOf::<(&str,)>::ARGUMENTS,
                            ::domainsockets::__private::TypeOf::<u64>::VALUE,
                        ],
                    )
                    .within(500000u64);
                const method_REBUILD: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                        "Index.rebuild",
                        &[],
                        [
                            ::domainsockets::__private::TypeOf::<()>::ARGUMENTS,
                            ::domainsockets::__private::TypeOf::<
                                ::core::result::Result<(), Full>,
                            >::VALUE,
                        ],
                    )
                    .within(120000000u64)
                    .idempotent();
                const method_TOUCH: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                        "Index.touch",
                        &["page"],
                        [
                            ::domainsockets::__private::TypeOf::<(u64,)>::ARGUMENTS,
                            ::domainsockets::__private::TypeOf::<()>::VALUE,
                        ],
                    )
                    .within(5000000u64);
                /// Returns the signatures of the methods of [`Index`], in their order: what each method takes and returns, down to the fields of its types.
                #[must_use]
                pub fn signatures() -> ::std::vec::Vec<
                    ::domainsockets::signature::Signature,
                > {
                    ::domainsockets::__private::list(
                        &[Self::method_SEARCH, Self::method_REBUILD, Self::method_TOUCH],
                    )
                }
            }
            impl IndexClient<::domainsockets::Client> {
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
                    ::core::result::Result::Ok(
                        Self::new(::domainsockets::Client::dial(name).await?),
                    )
                }
            }
            impl IndexClient<::domainsockets::Local> {
                /// Makes a stub that calls this implementation of [`Index`] in the same process, without a socket.
                ///
                /// # Errors
                ///
                /// If a user or group that a method allows does not exist.
                pub fn local(
                    service: impl Index,
                ) -> ::core::result::Result<Self, ::domainsockets::ServeError> {
                    ::core::result::Result::Ok(
                        Self::new(
                            ::domainsockets::Local::new(IndexServer::<_>::new(service))?,
                        ),
                    )
                }
            }
            impl<C: ::domainsockets::Carrier + 'static> IndexClient<C> {
                /// Returns this stub with its carrier in a box: stubs over different carriers then have one type.
                #[must_use]
                pub fn boxed(self) -> IndexClient<::domainsockets::BoxCarrier> {
                    IndexClient::new(::domainsockets::BoxCarrier::new(self.carrier))
                }
            }
            impl<C: ::domainsockets::Carrier> IndexClient<C> {
                /// Makes a stub over this carrier.
                #[must_use]
                pub fn new(carrier: C) -> Self {
                    Self { carrier }
                }
                /// Returns the carrier of the calls.
                #[must_use]
                pub fn carrier(&self) -> &C {
                    &self.carrier
                }
                /// Returns a stub over the same carrier whose calls have these options. They take precedence
                /// over the options of this stub.
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
                /// Returns the carrier, without the stub.
                #[must_use]
                pub fn into_inner(self) -> C {
                    self.carrier
                }
                /// Calls [`Index::search`].
                pub async fn search(
                    &self,
                    text: &str,
                ) -> ::core::result::Result<u64, ::domainsockets::Error> {
                    ::domainsockets::__private::StubCalls::<
                        ::domainsockets::codec::Bincode,
                        u64,
                    >::call(
                            &self.carrier,
                            &IndexClient::method_SEARCH,
                            ::domainsockets::__private::ArgumentTuple::<
                                ::domainsockets::codec::Bincode,
                                _,
                            >::new(&(text,))
                                .write(&IndexClient::method_SEARCH, &["text"]),
                        )
                        .await
                }
                /// Calls [`Index::rebuild`].
                pub async fn rebuild(
                    &self,
                ) -> ::core::result::Result<(), ::domainsockets::CallError<Full>> {
                    ::domainsockets::__private::StubCalls::<
                        ::domainsockets::codec::Bincode,
                        ::core::result::Result<(), Full>,
                    >::call_fallible(
                            &self.carrier,
                            &IndexClient::method_REBUILD,
                            ::domainsockets::__private::ArgumentTuple::<
                                ::domainsockets::codec::Bincode,
                                _,
                            >::new(&())
                                .write(&IndexClient::method_REBUILD, &[]),
                        )
                        .await
                }
                /// Calls [`Index::touch`].
                pub async fn touch(
                    &self,
                    page: u64,
                ) -> ::core::result::Result<(), ::domainsockets::Error> {
                    ::domainsockets::__private::StubCalls::<
                        ::domainsockets::codec::Bincode,
                        (),
                    >::send(
                            &self.carrier,
                            &IndexClient::method_TOUCH,
                            ::domainsockets::__private::ArgumentTuple::<
                                ::domainsockets::codec::Bincode,
                                _,
                            >::new(&(page,))
                                .write(&IndexClient::method_TOUCH, &["page"]),
                        )
                        .await
                }
            }
            #[automatically_derived]
            impl<C> ::core::clone::Clone for IndexClient<C>
            where
                C: ::core::clone::Clone,
            {
                fn clone(&self) -> Self {
                    Self {
                        carrier: ::core::clone::Clone::clone(&self.carrier),
                    }
                }
            }
            #[automatically_derived]
            impl<C> ::core::fmt::Debug for IndexClient<C>
            where
                C: ::core::fmt::Debug,
            {
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(IndexClient))
                        .field("carrier", &self.carrier)
                        .finish()
                }
            }
        };
    }
    mod with_blocking {
        /// A stub that calls [`Index`] in another process, and blocks the thread until it has the reply.
        pub struct IndexBlockingClient<C = ::domainsockets::blocking::Client> {
            carrier: C,
        }
        const _: () = {
            fn carrier() {}
            fn formatter() {}
            fn name() {}
            fn options() {}
            fn page() {}
            fn server() {}
            fn service() {}
            fn text() {}
            ::domainsockets::__private::import_fallbacks! {}
            impl IndexBlockingClient<::domainsockets::blocking::Client> {
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
                            ::domainsockets::__private::TypeOf::<(&str,)>::ARGUMENTS,
                            ::domainsockets::__private::TypeOf::<u64>::VALUE,
                        ],
                    )
                    .within(500000u64);
                const method_REBUILD: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                        "Index.rebuild",
                        &[],
                        [
                            ::domainsockets::__private::TypeOf::<()>::ARGUMENTS,
                            ::domainsockets::__private::TypeOf::<
                                ::core::result::Result<(), Full>,
                            >::VALUE,
                        ],
                    )
                    .within(120000000u64)
                    .idempotent();
                const method_TOUCH: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                        "Index.touch",
                        &["page"],
                        [
                            ::domainsockets::__private::TypeOf::<(u64,)>::ARGUMENTS,
                            ::domainsockets::__private::TypeOf::<()>::VALUE,
                        ],
                    )
                    .within(5000000u64);
                /// Returns the signatures of the methods of [`Index`], in their order: what each method takes and returns, down to the fields of its types.
                #[must_use]
                pub fn signatures() -> ::std::vec::Vec<
                    ::domainsockets::signature::Signature,
                > {
                    ::domainsockets::__private::list(
                        &[Self::method_SEARCH, Self::method_REBUILD, Self::method_TOUCH],
                    )
                }
            }
            impl IndexBlockingClient<::domainsockets::blocking::Client> {
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
            }
            ::domainsockets::__private::with_tokio! {
                impl IndexBlockingClient < ::domainsockets::blocking::Local > { #[doc =
                " Makes a stub that calls this implementation of [`Index`] in the same process, without a socket."]
                #[doc = r""] #[doc = r" # Errors"] #[doc = r""] #[doc =
                r" If a user or group that a method allows does not exist."] pub fn
                local(service : impl Index,) -> ::core::result::Result < Self,
                ::domainsockets::ServeError > {
                ::core::result::Result::Ok(Self::new(::domainsockets::blocking::Local::new(IndexServer::
                < _, > ::new(service)) ?)) } }
            }
            impl<C: ::domainsockets::blocking::Carrier> IndexBlockingClient<C> {
                /// Makes a stub over this carrier.
                #[must_use]
                pub fn new(carrier: C) -> Self {
                    Self { carrier }
                }
                /// Returns the carrier of the calls.
                #[must_use]
                pub fn carrier(&self) -> &C {
                    &self.carrier
                }
                /// Returns a stub over the same carrier whose calls have these options. They take precedence
                /// over the options of this stub.
                #[must_use]
                pub fn with(
                    &self,
                    options: ::domainsockets::CallOptions,
                ) -> IndexBlockingClient<::domainsockets::With<C>>
                where
                    C: ::core::clone::Clone,
                {
                    IndexBlockingClient::new(
                        ::domainsockets::With::new(
                            ::core::clone::Clone::clone(&self.carrier),
                            options,
                        ),
                    )
                }
                /// Returns the carrier, without the stub.
                #[must_use]
                pub fn into_inner(self) -> C {
                    self.carrier
                }
                /// Calls [`Index::search`].
                pub fn search(
                    &self,
                    text: &str,
                ) -> ::core::result::Result<u64, ::domainsockets::Error> {
                    ::domainsockets::__private::BlockingStubCalls::<
                        ::domainsockets::codec::Bincode,
                        u64,
                    >::call(
                        &self.carrier,
                        &IndexBlockingClient::method_SEARCH,
                        ::domainsockets::__private::ArgumentTuple::<
                            ::domainsockets::codec::Bincode,
                            _,
                        >::new(&(text,))
                            .write(&IndexBlockingClient::method_SEARCH, &["text"]),
                    )
                }
                /// Calls [`Index::rebuild`].
                pub fn rebuild(
                    &self,
                ) -> ::core::result::Result<(), ::domainsockets::CallError<Full>> {
                    ::domainsockets::__private::BlockingStubCalls::<
                        ::domainsockets::codec::Bincode,
                        ::core::result::Result<(), Full>,
                    >::call_fallible(
                        &self.carrier,
                        &IndexBlockingClient::method_REBUILD,
                        ::domainsockets::__private::ArgumentTuple::<
                            ::domainsockets::codec::Bincode,
                            _,
                        >::new(&())
                            .write(&IndexBlockingClient::method_REBUILD, &[]),
                    )
                }
                /// Calls [`Index::touch`].
                pub fn touch(
                    &self,
                    page: u64,
                ) -> ::core::result::Result<(), ::domainsockets::Error> {
                    ::domainsockets::__private::BlockingStubCalls::<
                        ::domainsockets::codec::Bincode,
                        (),
                    >::send(
                        &self.carrier,
                        &IndexBlockingClient::method_TOUCH,
                        ::domainsockets::__private::ArgumentTuple::<
                            ::domainsockets::codec::Bincode,
                            _,
                        >::new(&(page,))
                            .write(&IndexBlockingClient::method_TOUCH, &["page"]),
                    )
                }
            }
            #[automatically_derived]
            impl<C> ::core::clone::Clone for IndexBlockingClient<C>
            where
                C: ::core::clone::Clone,
            {
                fn clone(&self) -> Self {
                    Self {
                        carrier: ::core::clone::Clone::clone(&self.carrier),
                    }
                }
            }
            #[automatically_derived]
            impl<C> ::core::fmt::Debug for IndexBlockingClient<C>
            where
                C: ::core::fmt::Debug,
            {
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(IndexBlockingClient))
                        .field("carrier", &self.carrier)
                        .finish()
                }
            }
        };
    }
}
