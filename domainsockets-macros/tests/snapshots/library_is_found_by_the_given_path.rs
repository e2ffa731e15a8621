pub trait Ping: ::core::marker::Send + ::core::marker::Sync + 'static {
    fn ping(
        &self,
    ) -> impl ::core::future::Future<
        Output = Result<(), Refused>,
    > + ::core::marker::Send;
}
const _: () = {
    struct Mention<T>(::core::marker::PhantomData<fn() -> (T,)>);
    struct Used;
    impl<T: Ping> ::core::convert::From<Mention<T>> for Used {
        fn from(_: Mention<T>) -> Self {
            let _ = <T as Ping>::ping;
            Self
        }
    }
    let _ = Used;
};
const _: () = {
    fn argument<'de, T>()
    where
        T: ::umbrella::rpc::codec::Serialize + ::umbrella::rpc::codec::Deserialize<'de>,
    {}
    fn written<T: ::umbrella::rpc::codec::Serialize + ?::core::marker::Sized>() {}
    fn reply<T>()
    where
        T: ::umbrella::rpc::codec::Serialize
            + for<'de> ::umbrella::rpc::codec::Deserialize<'de>,
    {}
    fn bytes<T: ::umbrella::rpc::__private::ByteValue>() {}
    fn raw<T: ::umbrella::rpc::__private::RawValue>() {}
    fn codec<T: ::umbrella::rpc::codec::Codec>() {}
    struct Types {}
    impl Types {
        fn types() {
            reply::<()>();
            reply::<Refused>();
        }
    }
};
mod with_default_codec {
    mod with_tokio {
        /// The server adapter of [`Ping`], a service for `Server::add_service`.
        pub struct PingServer<T> {
            service: ::std::sync::Arc<T>,
        }
        const _: () = {
            fn formatter() {}
            fn kept() {}
            fn methods() {}
            fn request() {}
            fn service() {}
            ::umbrella::rpc::__private::import_fallbacks! {}
            impl<T: Ping> PingServer<T> {
                /// Serves this implementation of [`Ping`].
                #[must_use]
                pub fn new(service: T) -> Self {
                    Self::from_arc(::std::sync::Arc::new(service))
                }
                /// Serves an implementation of [`Ping`] shared through an `Arc`.
                #[must_use]
                pub fn from_arc(service: ::std::sync::Arc<T>) -> Self {
                    Self { service }
                }
            }
            #[automatically_derived]
            impl<T: Ping> ::umbrella::rpc::Service for PingServer<T> {
                fn register(
                    self,
                    methods: &mut ::umbrella::rpc::__private::Methods,
                ) -> ::core::result::Result<(), ::umbrella::rpc::ServeError> {
                    methods
                        .add_method(
                            &PingClient::method_PING,
                            {
                                let service = ::core::clone::Clone::clone(&self.service);
                                move |request: ::umbrella::rpc::__private::Request| {
                                    let service = ::core::clone::Clone::clone(&service);
                                    async move {
                                        let kept = ::umbrella::rpc::__private::CodecOf::<
                                            ::umbrella::rpc::codec::Bincode,
                                        >::arena();
                                        ::umbrella::rpc::__private::Requests::<
                                            ::umbrella::rpc::codec::Bincode,
                                            (),
                                        >::decode(&request, &kept, &[])?;
                                        ::umbrella::rpc::__private::Results::<
                                            ::umbrella::rpc::codec::Bincode,
                                            _,
                                        >::new(&<T as Ping>::ping(&service).await)
                                            .encode(&PingClient::method_PING)
                                    }
                                }
                            },
                        )?;
                    ::core::result::Result::Ok(())
                }
            }
            #[automatically_derived]
            impl<T> ::core::clone::Clone for PingServer<T> {
                fn clone(&self) -> Self {
                    Self {
                        service: ::core::clone::Clone::clone(&self.service),
                    }
                }
            }
            #[automatically_derived]
            impl<T> ::core::fmt::Debug for PingServer<T> {
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(PingServer))
                        .finish_non_exhaustive()
                }
            }
        };
        /// A stub that calls [`Ping`] in another process.
        pub struct PingClient<C = ::umbrella::rpc::Client> {
            carrier: C,
        }
        const _: () = {
            fn carrier() {}
            fn formatter() {}
            fn name() {}
            fn options() {}
            fn server() {}
            fn service() {}
            ::umbrella::rpc::__private::import_fallbacks! {}
            impl PingClient<::umbrella::rpc::Client> {
                /// The handler name of [`Ping::ping`].
                pub const PING: &'static str = "Ping.ping";
                /// The handler names of [`Ping`], in the order of its methods.
                pub const HANDLERS: &'static [&'static str] = &["Ping.ping"];
                const method_PING: ::umbrella::rpc::__private::Method = ::umbrella::rpc::__private::Method::new(
                    "Ping.ping",
                    &[],
                    [
                        ::umbrella::rpc::__private::TypeOf::<()>::ARGUMENTS,
                        ::umbrella::rpc::__private::TypeOf::<
                            ::core::result::Result<(), Refused>,
                        >::VALUE,
                    ],
                );
                /// Returns the signatures of the methods of [`Ping`], in their order: what each method takes and returns, down to the fields of its types.
                #[must_use]
                pub fn signatures() -> ::std::vec::Vec<
                    ::umbrella::rpc::signature::Signature,
                > {
                    ::umbrella::rpc::__private::list(&[Self::method_PING])
                }
            }
            impl PingClient<::umbrella::rpc::Client> {
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
                ) -> ::core::result::Result<Self, ::umbrella::rpc::Error> {
                    ::core::result::Result::Ok(
                        Self::new(::umbrella::rpc::Client::dial(name).await?),
                    )
                }
            }
            impl PingClient<::umbrella::rpc::Local> {
                /// Makes a stub that calls this implementation of [`Ping`] in the same process, without a socket.
                ///
                /// # Errors
                ///
                /// If a user or group that a method allows does not exist.
                pub fn local(
                    service: impl Ping,
                ) -> ::core::result::Result<Self, ::umbrella::rpc::ServeError> {
                    ::core::result::Result::Ok(
                        Self::new(
                            ::umbrella::rpc::Local::new(PingServer::<_>::new(service))?,
                        ),
                    )
                }
            }
            impl<C: ::umbrella::rpc::Carrier + 'static> PingClient<C> {
                /// Returns this stub with its carrier in a box: stubs over different carriers then have one type.
                #[must_use]
                pub fn boxed(self) -> PingClient<::umbrella::rpc::BoxCarrier> {
                    PingClient::new(::umbrella::rpc::BoxCarrier::new(self.carrier))
                }
            }
            impl<C: ::umbrella::rpc::Carrier> PingClient<C> {
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
                    options: ::umbrella::rpc::CallOptions,
                ) -> PingClient<::umbrella::rpc::With<C>>
                where
                    C: ::core::clone::Clone,
                {
                    PingClient::new(
                        ::umbrella::rpc::With::new(
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
                /// Calls [`Ping::ping`].
                pub async fn ping(
                    &self,
                ) -> ::core::result::Result<(), ::umbrella::rpc::CallError<Refused>> {
                    ::umbrella::rpc::__private::StubCalls::<
                        ::umbrella::rpc::codec::Bincode,
                        ::core::result::Result<(), Refused>,
                    >::call_fallible(
                            &self.carrier,
                            &PingClient::method_PING,
                            ::umbrella::rpc::__private::ArgumentTuple::<
                                ::umbrella::rpc::codec::Bincode,
                                _,
                            >::new(&())
                                .write(&PingClient::method_PING, &[]),
                        )
                        .await
                }
            }
            #[automatically_derived]
            impl<C> ::core::clone::Clone for PingClient<C>
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
            impl<C> ::core::fmt::Debug for PingClient<C>
            where
                C: ::core::fmt::Debug,
            {
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(PingClient))
                        .field("carrier", &self.carrier)
                        .finish()
                }
            }
        };
    }
    mod with_blocking {
        /// A stub that calls [`Ping`] in another process, and blocks the thread until it has the reply.
        pub struct PingBlockingClient<C = ::umbrella::rpc::blocking::Client> {
            carrier: C,
        }
        const _: () = {
            fn carrier() {}
            fn formatter() {}
            fn name() {}
            fn options() {}
            fn server() {}
            fn service() {}
            ::umbrella::rpc::__private::import_fallbacks! {}
            impl PingBlockingClient<::umbrella::rpc::blocking::Client> {
                /// The handler name of [`Ping::ping`].
                pub const PING: &'static str = "Ping.ping";
                /// The handler names of [`Ping`], in the order of its methods.
                pub const HANDLERS: &'static [&'static str] = &["Ping.ping"];
                const method_PING: ::umbrella::rpc::__private::Method = ::umbrella::rpc::__private::Method::new(
                    "Ping.ping",
                    &[],
                    [
                        ::umbrella::rpc::__private::TypeOf::<()>::ARGUMENTS,
                        ::umbrella::rpc::__private::TypeOf::<
                            ::core::result::Result<(), Refused>,
                        >::VALUE,
                    ],
                );
                /// Returns the signatures of the methods of [`Ping`], in their order: what each method takes and returns, down to the fields of its types.
                #[must_use]
                pub fn signatures() -> ::std::vec::Vec<
                    ::umbrella::rpc::signature::Signature,
                > {
                    ::umbrella::rpc::__private::list(&[Self::method_PING])
                }
            }
            impl PingBlockingClient<::umbrella::rpc::blocking::Client> {
                /// Connects to the server of this name: a bare name is a file in the directory for
                /// temporary files, an absolute path is used as it is.
                ///
                /// # Errors
                ///
                /// If no server can be reached there.
                pub fn dial(
                    name: impl ::core::convert::AsRef<::std::path::Path>,
                ) -> ::core::result::Result<Self, ::umbrella::rpc::Error> {
                    ::core::result::Result::Ok(
                        Self::new(::umbrella::rpc::blocking::Client::dial(name)?),
                    )
                }
            }
            ::umbrella::rpc::__private::with_tokio! {
                impl PingBlockingClient < ::umbrella::rpc::blocking::Local > { #[doc =
                " Makes a stub that calls this implementation of [`Ping`] in the same process, without a socket."]
                #[doc = r""] #[doc = r" # Errors"] #[doc = r""] #[doc =
                r" If a user or group that a method allows does not exist."] pub fn
                local(service : impl Ping,) -> ::core::result::Result < Self,
                ::umbrella::rpc::ServeError > {
                ::core::result::Result::Ok(Self::new(::umbrella::rpc::blocking::Local::new(PingServer::
                < _, > ::new(service)) ?)) } }
            }
            impl<C: ::umbrella::rpc::blocking::Carrier> PingBlockingClient<C> {
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
                    options: ::umbrella::rpc::CallOptions,
                ) -> PingBlockingClient<::umbrella::rpc::With<C>>
                where
                    C: ::core::clone::Clone,
                {
                    PingBlockingClient::new(
                        ::umbrella::rpc::With::new(
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
                /// Calls [`Ping::ping`].
                pub fn ping(
                    &self,
                ) -> ::core::result::Result<(), ::umbrella::rpc::CallError<Refused>> {
                    ::umbrella::rpc::__private::BlockingStubCalls::<
                        ::umbrella::rpc::codec::Bincode,
                        ::core::result::Result<(), Refused>,
                    >::call_fallible(
                        &self.carrier,
                        &PingBlockingClient::method_PING,
                        ::umbrella::rpc::__private::ArgumentTuple::<
                            ::umbrella::rpc::codec::Bincode,
                            _,
                        >::new(&())
                            .write(&PingBlockingClient::method_PING, &[]),
                    )
                }
            }
            #[automatically_derived]
            impl<C> ::core::clone::Clone for PingBlockingClient<C>
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
            impl<C> ::core::fmt::Debug for PingBlockingClient<C>
            where
                C: ::core::fmt::Debug,
            {
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(PingBlockingClient))
                        .field("carrier", &self.carrier)
                        .finish()
                }
            }
        };
    }
}
