pub(crate) trait Greeter: Clone + ::core::marker::Send + ::core::marker::Sync + 'static {
    fn hello(&self) -> String;
    fn r#type(&self) -> impl ::core::future::Future<Output = C> + ::core::marker::Send;
}
const _: () = {
    struct Mention<T>(::core::marker::PhantomData<fn() -> (T,)>);
    struct Used;
    impl<T: Greeter> ::core::convert::From<Mention<T>> for Used {
        fn from(_: Mention<T>) -> Self {
            let _ = <T as Greeter>::hello;
            let _ = <T as Greeter>::r#type;
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
            reply::<String>();
            reply::<C>();
        }
    }
};
mod with_default_codec {
    mod with_tokio {
        /// The server adapter of [`Greeter`], a service for `Server::add_service`.
        pub(crate) struct GreeterServer<T> {
            service: ::std::sync::Arc<T>,
        }
        const _: () = {
            fn formatter() {}
            fn kept() {}
            fn methods() {}
            fn request() {}
            fn service() {}
            ::domainsockets::__private::import_fallbacks! {}
            impl<T: Greeter> GreeterServer<T> {
                /// Serves this implementation of [`Greeter`].
                #[must_use]
                pub(crate) fn new(service: T) -> Self {
                    Self::from_arc(::std::sync::Arc::new(service))
                }
                /// Serves an implementation of [`Greeter`] shared through an `Arc`.
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
                                        >::new(&<T as Greeter>::hello(&service))
                                            .encode(&GreeterClient::method_HELLO)
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
                                        >::new(&<T as Greeter>::r#type(&service).await)
                                            .encode(&GreeterClient::method_TYPE)
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
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(GreeterServer))
                        .finish_non_exhaustive()
                }
            }
        };
        /// A stub that calls [`Greeter`] in another process.
        pub(crate) struct GreeterClient<_C = ::domainsockets::Client> {
            carrier: _C,
        }
        const _: () = {
            fn carrier() {}
            fn formatter() {}
            fn name() {}
            fn options() {}
            fn server() {}
            fn service() {}
            ::domainsockets::__private::import_fallbacks! {}
            impl GreeterClient<::domainsockets::Client> {
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
                        ::domainsockets::__private::TypeOf::<()>::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<String>::VALUE,
                    ],
                );
                const method_TYPE: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "demo.Hello.type",
                    &[],
                    [
                        ::domainsockets::__private::TypeOf::<()>::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<C>::VALUE,
                    ],
                );
                /// Returns the signatures of the methods of [`Greeter`], in their order: what each method takes and returns, down to the fields of its types.
                #[must_use]
                pub(crate) fn signatures() -> ::std::vec::Vec<
                    ::domainsockets::signature::Signature,
                > {
                    ::domainsockets::__private::list(
                        &[Self::method_HELLO, Self::method_TYPE],
                    )
                }
            }
            impl GreeterClient<::domainsockets::Client> {
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
                    ::core::result::Result::Ok(
                        Self::new(::domainsockets::Client::dial(name).await?),
                    )
                }
            }
            impl GreeterClient<::domainsockets::Local> {
                /// Makes a stub that calls this implementation of [`Greeter`] in the same process, without a socket.
                ///
                /// # Errors
                ///
                /// If a user or group that a method allows does not exist.
                pub(crate) fn local(
                    service: impl Greeter,
                ) -> ::core::result::Result<Self, ::domainsockets::ServeError> {
                    ::core::result::Result::Ok(
                        Self::new(
                            ::domainsockets::Local::new(
                                GreeterServer::<_>::new(service),
                            )?,
                        ),
                    )
                }
            }
            impl<_C: ::domainsockets::Carrier + 'static> GreeterClient<_C> {
                /// Returns this stub with its carrier in a box: stubs over different carriers then have one type.
                #[must_use]
                pub(crate) fn boxed(self) -> GreeterClient<::domainsockets::BoxCarrier> {
                    GreeterClient::new(::domainsockets::BoxCarrier::new(self.carrier))
                }
            }
            impl<_C: ::domainsockets::Carrier> GreeterClient<_C> {
                /// Makes a stub over this carrier.
                #[must_use]
                pub(crate) fn new(carrier: _C) -> Self {
                    Self { carrier }
                }
                /// Returns the carrier of the calls.
                #[must_use]
                pub(crate) fn carrier(&self) -> &_C {
                    &self.carrier
                }
                /// Returns a stub over the same carrier whose calls have these options. They take precedence
                /// over the options of this stub.
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
                /// Returns the carrier, without the stub.
                #[must_use]
                pub(crate) fn into_inner(self) -> _C {
                    self.carrier
                }
                /// Calls [`Greeter::hello`].
                pub(crate) async fn hello(
                    &self,
                ) -> ::core::result::Result<String, ::domainsockets::Error> {
                    ::domainsockets::__private::StubCalls::<
                        ::domainsockets::codec::Bincode,
                        String,
                    >::call(
                            &self.carrier,
                            &GreeterClient::method_HELLO,
                            ::domainsockets::__private::ArgumentTuple::<
                                ::domainsockets::codec::Bincode,
                                _,
                            >::new(&())
                                .write(&GreeterClient::method_HELLO, &[]),
                        )
                        .await
                }
                /// Calls [`Greeter::type`].
                pub(crate) async fn r#type(
                    &self,
                ) -> ::core::result::Result<C, ::domainsockets::Error> {
                    ::domainsockets::__private::StubCalls::<
                        ::domainsockets::codec::Bincode,
                        C,
                    >::call(
                            &self.carrier,
                            &GreeterClient::method_TYPE,
                            ::domainsockets::__private::ArgumentTuple::<
                                ::domainsockets::codec::Bincode,
                                _,
                            >::new(&())
                                .write(&GreeterClient::method_TYPE, &[]),
                        )
                        .await
                }
            }
            #[automatically_derived]
            impl<_C> ::core::clone::Clone for GreeterClient<_C>
            where
                _C: ::core::clone::Clone,
            {
                fn clone(&self) -> Self {
                    Self {
                        carrier: ::core::clone::Clone::clone(&self.carrier),
                    }
                }
            }
            #[automatically_derived]
            impl<_C> ::core::fmt::Debug for GreeterClient<_C>
            where
                _C: ::core::fmt::Debug,
            {
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(GreeterClient))
                        .field("carrier", &self.carrier)
                        .finish()
                }
            }
        };
    }
    mod with_blocking {
        /// A stub that calls [`Greeter`] in another process, and blocks the thread until it has the reply.
        pub(crate) struct GreeterBlockingClient<_C = ::domainsockets::blocking::Client> {
            carrier: _C,
        }
        const _: () = {
            fn carrier() {}
            fn formatter() {}
            fn name() {}
            fn options() {}
            fn server() {}
            fn service() {}
            ::domainsockets::__private::import_fallbacks! {}
            impl GreeterBlockingClient<::domainsockets::blocking::Client> {
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
                        ::domainsockets::__private::TypeOf::<()>::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<String>::VALUE,
                    ],
                );
                const method_TYPE: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "demo.Hello.type",
                    &[],
                    [
                        ::domainsockets::__private::TypeOf::<()>::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<C>::VALUE,
                    ],
                );
                /// Returns the signatures of the methods of [`Greeter`], in their order: what each method takes and returns, down to the fields of its types.
                #[must_use]
                pub(crate) fn signatures() -> ::std::vec::Vec<
                    ::domainsockets::signature::Signature,
                > {
                    ::domainsockets::__private::list(
                        &[Self::method_HELLO, Self::method_TYPE],
                    )
                }
            }
            impl GreeterBlockingClient<::domainsockets::blocking::Client> {
                /// Connects to the server of this name: a bare name is a file in the directory for
                /// temporary files, an absolute path is used as it is.
                ///
                /// # Errors
                ///
                /// If no server can be reached there.
                pub(crate) fn dial(
                    name: impl ::core::convert::AsRef<::std::path::Path>,
                ) -> ::core::result::Result<Self, ::domainsockets::Error> {
                    ::core::result::Result::Ok(
                        Self::new(::domainsockets::blocking::Client::dial(name)?),
                    )
                }
            }
            ::domainsockets::__private::with_tokio! {
                impl GreeterBlockingClient < ::domainsockets::blocking::Local > { #[doc =
                " Makes a stub that calls this implementation of [`Greeter`] in the same process, without a socket."]
                #[doc = r""] #[doc = r" # Errors"] #[doc = r""] #[doc =
                r" If a user or group that a method allows does not exist."] pub (crate)
                fn local(service : impl Greeter,) -> ::core::result::Result < Self,
                ::domainsockets::ServeError > {
                ::core::result::Result::Ok(Self::new(::domainsockets::blocking::Local::new(GreeterServer::
                < _, > ::new(service)) ?)) } }
            }
            impl<_C: ::domainsockets::blocking::Carrier> GreeterBlockingClient<_C> {
                /// Makes a stub over this carrier.
                #[must_use]
                pub(crate) fn new(carrier: _C) -> Self {
                    Self { carrier }
                }
                /// Returns the carrier of the calls.
                #[must_use]
                pub(crate) fn carrier(&self) -> &_C {
                    &self.carrier
                }
                /// Returns a stub over the same carrier whose calls have these options. They take precedence
                /// over the options of this stub.
                #[must_use]
                pub(crate) fn with(
                    &self,
                    options: ::domainsockets::CallOptions,
                ) -> GreeterBlockingClient<::domainsockets::With<_C>>
                where
                    _C: ::core::clone::Clone,
                {
                    GreeterBlockingClient::new(
                        ::domainsockets::With::new(
                            ::core::clone::Clone::clone(&self.carrier),
                            options,
                        ),
                    )
                }
                /// Returns the carrier, without the stub.
                #[must_use]
                pub(crate) fn into_inner(self) -> _C {
                    self.carrier
                }
                /// Calls [`Greeter::hello`].
                pub(crate) fn hello(
                    &self,
                ) -> ::core::result::Result<String, ::domainsockets::Error> {
                    ::domainsockets::__private::BlockingStubCalls::<
                        ::domainsockets::codec::Bincode,
                        String,
                    >::call(
                        &self.carrier,
                        &GreeterBlockingClient::method_HELLO,
                        ::domainsockets::__private::ArgumentTuple::<
                            ::domainsockets::codec::Bincode,
                            _,
                        >::new(&())
                            .write(&GreeterBlockingClient::method_HELLO, &[]),
                    )
                }
                /// Calls [`Greeter::type`].
                pub(crate) fn r#type(
                    &self,
                ) -> ::core::result::Result<C, ::domainsockets::Error> {
                    ::domainsockets::__private::BlockingStubCalls::<
                        ::domainsockets::codec::Bincode,
                        C,
                    >::call(
                        &self.carrier,
                        &GreeterBlockingClient::method_TYPE,
                        ::domainsockets::__private::ArgumentTuple::<
                            ::domainsockets::codec::Bincode,
                            _,
                        >::new(&())
                            .write(&GreeterBlockingClient::method_TYPE, &[]),
                    )
                }
            }
            #[automatically_derived]
            impl<_C> ::core::clone::Clone for GreeterBlockingClient<_C>
            where
                _C: ::core::clone::Clone,
            {
                fn clone(&self) -> Self {
                    Self {
                        carrier: ::core::clone::Clone::clone(&self.carrier),
                    }
                }
            }
            #[automatically_derived]
            impl<_C> ::core::fmt::Debug for GreeterBlockingClient<_C>
            where
                _C: ::core::fmt::Debug,
            {
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(GreeterBlockingClient))
                        .field("carrier", &self.carrier)
                        .finish()
                }
            }
        };
    }
}
