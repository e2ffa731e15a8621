pub trait Audit: ::core::marker::Send + ::core::marker::Sync + 'static {
    fn whoami(&self, ctx: Context) -> u32;
    fn log(
        &self,
        ctx: &ds::Context,
        line: &str,
    ) -> impl ::core::future::Future<Output = Result<(), Full>> + ::core::marker::Send;
}
const _: () = {
    struct Mention<T>(::core::marker::PhantomData<fn() -> (T,)>);
    struct Used;
    impl<T: Audit> ::core::convert::From<Mention<T>> for Used {
        fn from(_: Mention<T>) -> Self {
            let _ = <T as Audit>::whoami;
            let _ = <T as Audit>::log;
            Self
        }
    }
    let _ = Used;
};
const _: () = {
    fn argument<'de, T>()
    where
        T: ds::codec::Serialize + ds::codec::Deserialize<'de>,
    {}
    fn written<T: ds::codec::Serialize + ?::core::marker::Sized>() {}
    fn reply<T>()
    where
        T: ds::codec::Serialize + for<'de> ds::codec::Deserialize<'de>,
    {}
    fn bytes<T: ds::__private::ByteValue>() {}
    fn raw<T: ds::__private::RawValue>() {}
    fn codec<T: ds::codec::Codec>() {}
    struct Types {}
    impl Types {
        fn types() {
            ds::__private::context::<Context>();
            reply::<u32>();
            ds::__private::context::<&ds::Context>();
            argument::<&str>();
            reply::<()>();
            reply::<Full>();
        }
    }
};
mod with_default_codec {
    mod with_tokio {
        /// The server adapter of [`Audit`], a service for `Server::add_service`.
        pub struct AuditServer<T> {
            service: ::std::sync::Arc<T>,
        }
        const _: () = {
            fn argument_0() {}
            fn formatter() {}
            fn kept() {}
            fn methods() {}
            fn request() {}
            fn service() {}
            ds::__private::import_fallbacks! {}
            impl<T: Audit> AuditServer<T> {
                /// Serves this implementation of [`Audit`].
                #[must_use]
                pub fn new(service: T) -> Self {
                    Self::from_arc(::std::sync::Arc::new(service))
                }
                /// Serves an implementation of [`Audit`] shared through an `Arc`.
                #[must_use]
                pub fn from_arc(service: ::std::sync::Arc<T>) -> Self {
                    Self { service }
                }
            }
            #[automatically_derived]
            impl<T: Audit> ds::Service for AuditServer<T> {
                fn register(
                    self,
                    methods: &mut ds::__private::Methods,
                ) -> ::core::result::Result<(), ds::ServeError> {
                    methods
                        .add_method(
                            &AuditClient::method_WHOAMI,
                            {
                                let service = ::core::clone::Clone::clone(&self.service);
                                move |request: ds::__private::Request| {
                                    let service = ::core::clone::Clone::clone(&service);
                                    async move {
                                        let kept = ds::__private::CodecOf::<
                                            ds::codec::Bincode,
                                        >::arena();
                                        ds::__private::Requests::<
                                            ds::codec::Bincode,
                                            (),
                                        >::decode(&request, &kept, &[])?;
                                        ds::__private::Results::<
                                            ds::codec::Bincode,
                                            _,
                                        >::new(
                                                &<T as Audit>::whoami(
                                                    &service,
                                                    ds::__private::TakenContext::<Context>::of(&request),
                                                ),
                                            )
                                            .encode(&AuditClient::method_WHOAMI)
                                    }
                                }
                            },
                        )?;
                    methods
                        .add_method(
                            &AuditClient::method_LOG,
                            {
                                let service = ::core::clone::Clone::clone(&self.service);
                                move |request: ds::__private::Request| {
                                    let service = ::core::clone::Clone::clone(&service);
                                    async move {
                                        let kept = ds::__private::CodecOf::<
                                            ds::codec::Bincode,
                                        >::arena();
                                        let (argument_0,) = ds::__private::Requests::<
                                            ds::codec::Bincode,
                                            (&str,),
                                        >::decode(&request, &kept, &["line"])?;
                                        ds::__private::Results::<
                                            ds::codec::Bincode,
                                            _,
                                        >::new(
                                                &<T as Audit>::log(
                                                        &service,
                                                        ds::__private::TakenContext::<&ds::Context>::of(&request),
                                                        argument_0,
                                                    )
                                                    .await,
                                            )
                                            .encode(&AuditClient::method_LOG)
                                    }
                                }
                            },
                        )?;
                    ::core::result::Result::Ok(())
                }
            }
            #[automatically_derived]
            impl<T> ::core::clone::Clone for AuditServer<T> {
                fn clone(&self) -> Self {
                    Self {
                        service: ::core::clone::Clone::clone(&self.service),
                    }
                }
            }
            #[automatically_derived]
            impl<T> ::core::fmt::Debug for AuditServer<T> {
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(AuditServer))
                        .finish_non_exhaustive()
                }
            }
        };
        /// A stub that calls [`Audit`] in another process.
        pub struct AuditClient<C = ds::Client> {
            carrier: C,
        }
        const _: () = {
            fn carrier() {}
            fn formatter() {}
            fn line() {}
            fn name() {}
            fn options() {}
            fn server() {}
            fn service() {}
            ds::__private::import_fallbacks! {}
            impl AuditClient<ds::Client> {
                /// The handler name of [`Audit::whoami`].
                pub const WHOAMI: &'static str = "Audit.whoami";
                /// The handler name of [`Audit::log`].
                pub const LOG: &'static str = "Audit.log";
                /// The handler names of [`Audit`], in the order of its methods.
                pub const HANDLERS: &'static [&'static str] = &[
                    "Audit.whoami",
                    "Audit.log",
                ];
                const method_WHOAMI: ds::__private::Method = ds::__private::Method::new(
                    "Audit.whoami",
                    &[],
                    [
                        ds::__private::TypeOf::<()>::ARGUMENTS,
                        ds::__private::TypeOf::<u32>::VALUE,
                    ],
                );
                const method_LOG: ds::__private::Method = ds::__private::Method::new(
                    "Audit.log",
                    &["line"],
                    [
                        ds::__private::TypeOf::<(&str,)>::ARGUMENTS,
                        ds::__private::TypeOf::<::core::result::Result<(), Full>>::VALUE,
                    ],
                );
                /// Returns the signatures of the methods of [`Audit`], in their order: what each method takes and returns, down to the fields of its types.
                #[must_use]
                pub fn signatures() -> ::std::vec::Vec<ds::signature::Signature> {
                    ds::__private::list(&[Self::method_WHOAMI, Self::method_LOG])
                }
            }
            impl AuditClient<ds::Client> {
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
                ) -> ::core::result::Result<Self, ds::Error> {
                    ::core::result::Result::Ok(Self::new(ds::Client::dial(name).await?))
                }
            }
            impl AuditClient<ds::Local> {
                /// Makes a stub that calls this implementation of [`Audit`] in the same process, without a socket.
                ///
                /// # Errors
                ///
                /// If a user or group that a method allows does not exist.
                pub fn local(
                    service: impl Audit,
                ) -> ::core::result::Result<Self, ds::ServeError> {
                    ::core::result::Result::Ok(
                        Self::new(ds::Local::new(AuditServer::<_>::new(service))?),
                    )
                }
            }
            impl<C: ds::Carrier + 'static> AuditClient<C> {
                /// Returns this stub with its carrier in a box: stubs over different carriers then have one type.
                #[must_use]
                pub fn boxed(self) -> AuditClient<ds::BoxCarrier> {
                    AuditClient::new(ds::BoxCarrier::new(self.carrier))
                }
            }
            impl<C: ds::Carrier> AuditClient<C> {
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
                pub fn with(&self, options: ds::CallOptions) -> AuditClient<ds::With<C>>
                where
                    C: ::core::clone::Clone,
                {
                    AuditClient::new(
                        ds::With::new(
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
                /// Calls [`Audit::whoami`].
                pub async fn whoami(&self) -> ::core::result::Result<u32, ds::Error> {
                    ds::__private::StubCalls::<
                        ds::codec::Bincode,
                        u32,
                    >::call(
                            &self.carrier,
                            &AuditClient::method_WHOAMI,
                            ds::__private::ArgumentTuple::<
                                ds::codec::Bincode,
                                _,
                            >::new(&())
                                .write(&AuditClient::method_WHOAMI, &[]),
                        )
                        .await
                }
                /// Calls [`Audit::log`].
                pub async fn log(
                    &self,
                    line: &str,
                ) -> ::core::result::Result<(), ds::CallError<Full>> {
                    ds::__private::StubCalls::<
                        ds::codec::Bincode,
                        ::core::result::Result<(), Full>,
                    >::call_fallible(
                            &self.carrier,
                            &AuditClient::method_LOG,
                            ds::__private::ArgumentTuple::<
                                ds::codec::Bincode,
                                _,
                            >::new(&(line,))
                                .write(&AuditClient::method_LOG, &["line"]),
                        )
                        .await
                }
            }
            #[automatically_derived]
            impl<C> ::core::clone::Clone for AuditClient<C>
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
            impl<C> ::core::fmt::Debug for AuditClient<C>
            where
                C: ::core::fmt::Debug,
            {
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(AuditClient))
                        .field("carrier", &self.carrier)
                        .finish()
                }
            }
        };
    }
    mod with_blocking {
        /// A stub that calls [`Audit`] in another process, and blocks the thread until it has the reply.
        pub struct AuditBlockingClient<C = ds::blocking::Client> {
            carrier: C,
        }
        const _: () = {
            fn carrier() {}
            fn formatter() {}
            fn line() {}
            fn name() {}
            fn options() {}
            fn server() {}
            fn service() {}
            ds::__private::import_fallbacks! {}
            impl AuditBlockingClient<ds::blocking::Client> {
                /// The handler name of [`Audit::whoami`].
                pub const WHOAMI: &'static str = "Audit.whoami";
                /// The handler name of [`Audit::log`].
                pub const LOG: &'static str = "Audit.log";
                /// The handler names of [`Audit`], in the order of its methods.
                pub const HANDLERS: &'static [&'static str] = &[
                    "Audit.whoami",
                    "Audit.log",
                ];
                const method_WHOAMI: ds::__private::Method = ds::__private::Method::new(
                    "Audit.whoami",
                    &[],
                    [
                        ds::__private::TypeOf::<()>::ARGUMENTS,
                        ds::__private::TypeOf::<u32>::VALUE,
                    ],
                );
                const method_LOG: ds::__private::Method = ds::__private::Method::new(
                    "Audit.log",
                    &["line"],
                    [
                        ds::__private::TypeOf::<(&str,)>::ARGUMENTS,
                        ds::__private::TypeOf::<::core::result::Result<(), Full>>::VALUE,
                    ],
                );
                /// Returns the signatures of the methods of [`Audit`], in their order: what each method takes and returns, down to the fields of its types.
                #[must_use]
                pub fn signatures() -> ::std::vec::Vec<ds::signature::Signature> {
                    ds::__private::list(&[Self::method_WHOAMI, Self::method_LOG])
                }
            }
            impl AuditBlockingClient<ds::blocking::Client> {
                /// Connects to the server of this name: a bare name is a file in the directory for
                /// temporary files, an absolute path is used as it is.
                ///
                /// # Errors
                ///
                /// If no server can be reached there.
                pub fn dial(
                    name: impl ::core::convert::AsRef<::std::path::Path>,
                ) -> ::core::result::Result<Self, ds::Error> {
                    ::core::result::Result::Ok(
                        Self::new(ds::blocking::Client::dial(name)?),
                    )
                }
            }
            ds::__private::with_tokio! {
                impl AuditBlockingClient < ds::blocking::Local > { #[doc =
                " Makes a stub that calls this implementation of [`Audit`] in the same process, without a socket."]
                #[doc = r""] #[doc = r" # Errors"] #[doc = r""] #[doc =
                r" If a user or group that a method allows does not exist."] pub fn
                local(service : impl Audit,) -> ::core::result::Result < Self,
                ds::ServeError > {
                ::core::result::Result::Ok(Self::new(ds::blocking::Local::new(AuditServer::
                < _, > ::new(service)) ?)) } }
            }
            impl<C: ds::blocking::Carrier> AuditBlockingClient<C> {
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
                    options: ds::CallOptions,
                ) -> AuditBlockingClient<ds::With<C>>
                where
                    C: ::core::clone::Clone,
                {
                    AuditBlockingClient::new(
                        ds::With::new(
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
                /// Calls [`Audit::whoami`].
                pub fn whoami(&self) -> ::core::result::Result<u32, ds::Error> {
                    ds::__private::BlockingStubCalls::<
                        ds::codec::Bincode,
                        u32,
                    >::call(
                        &self.carrier,
                        &AuditBlockingClient::method_WHOAMI,
                        ds::__private::ArgumentTuple::<ds::codec::Bincode, _>::new(&())
                            .write(&AuditBlockingClient::method_WHOAMI, &[]),
                    )
                }
                /// Calls [`Audit::log`].
                pub fn log(
                    &self,
                    line: &str,
                ) -> ::core::result::Result<(), ds::CallError<Full>> {
                    ds::__private::BlockingStubCalls::<
                        ds::codec::Bincode,
                        ::core::result::Result<(), Full>,
                    >::call_fallible(
                        &self.carrier,
                        &AuditBlockingClient::method_LOG,
                        ds::__private::ArgumentTuple::<
                            ds::codec::Bincode,
                            _,
                        >::new(&(line,))
                            .write(&AuditBlockingClient::method_LOG, &["line"]),
                    )
                }
            }
            #[automatically_derived]
            impl<C> ::core::clone::Clone for AuditBlockingClient<C>
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
            impl<C> ::core::fmt::Debug for AuditBlockingClient<C>
            where
                C: ::core::fmt::Debug,
            {
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(AuditBlockingClient))
                        .field("carrier", &self.carrier)
                        .finish()
                }
            }
        };
    }
}
