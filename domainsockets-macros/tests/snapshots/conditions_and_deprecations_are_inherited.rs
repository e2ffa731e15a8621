/// Measures the machine.
#[cfg(target_os = "linux")]
trait Sensors: ::core::marker::Send + ::core::marker::Sync + 'static {
    /// Returns the load.
    #[deprecated = "use `loads`"]
    fn load(&self) -> impl ::core::future::Future<Output = f64> + ::core::marker::Send;
    #[cfg(feature = "loads")]
    #[must_use]
    fn loads(
        &self,
    ) -> impl ::core::future::Future<Output = [f64; 3]> + ::core::marker::Send;
}
#[cfg(target_os = "linux")]
const _: () = {
    struct Mention<T>(::core::marker::PhantomData<fn() -> (T,)>);
    struct Used;
    impl<T: Sensors> ::core::convert::From<Mention<T>> for Used {
        fn from(_: Mention<T>) -> Self {
            #[allow(
                deprecated,
                reason = "its callers are warned, not what makes it callable"
            )]
            let _ = <T as Sensors>::load;
            #[cfg(feature = "loads")]
            let _ = <T as Sensors>::loads;
            Self
        }
    }
    let _ = Used;
};
#[cfg(target_os = "linux")]
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
            reply::<f64>();
            #[cfg(feature = "loads")]
            {
                reply::<[f64; 3]>();
            }
        }
    }
};
mod with_default_codec {
    mod with_tokio {
        /// The server adapter of [`Sensors`], a service for `Server::add_service`.
        #[cfg(target_os = "linux")]
        struct SensorsServer<T> {
            service: ::std::sync::Arc<T>,
        }
        #[cfg(target_os = "linux")]
        const _: () = {
            fn formatter() {}
            fn kept() {}
            fn methods() {}
            fn request() {}
            fn service() {}
            ::domainsockets::__private::import_fallbacks! {}
            impl<T: Sensors> SensorsServer<T> {
                /// Serves this implementation of [`Sensors`].
                #[must_use]
                fn new(service: T) -> Self {
                    Self::from_arc(::std::sync::Arc::new(service))
                }
                /// Serves an implementation of [`Sensors`] shared through an `Arc`.
                #[must_use]
                fn from_arc(service: ::std::sync::Arc<T>) -> Self {
                    Self { service }
                }
            }
            #[automatically_derived]
            impl<T: Sensors> ::domainsockets::Service for SensorsServer<T> {
                fn register(
                    self,
                    methods: &mut ::domainsockets::__private::Methods,
                ) -> ::core::result::Result<(), ::domainsockets::ServeError> {
                    #[allow(
                        deprecated,
                        reason = "its callers are warned, not what makes it callable"
                    )]
                    methods
                        .add_method(
                            &SensorsClient::method_LOAD,
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
                                        >::new(&<T as Sensors>::load(&service).await)
                                            .encode(&SensorsClient::method_LOAD)
                                    }
                                }
                            },
                        )?;
                    #[cfg(feature = "loads")]
                    methods
                        .add_method(
                            &SensorsClient::method_LOADS,
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
                                        >::new(&<T as Sensors>::loads(&service).await)
                                            .encode(&SensorsClient::method_LOADS)
                                    }
                                }
                            },
                        )?;
                    ::core::result::Result::Ok(())
                }
            }
            #[automatically_derived]
            impl<T> ::core::clone::Clone for SensorsServer<T> {
                fn clone(&self) -> Self {
                    Self {
                        service: ::core::clone::Clone::clone(&self.service),
                    }
                }
            }
            #[automatically_derived]
            impl<T> ::core::fmt::Debug for SensorsServer<T> {
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(SensorsServer))
                        .finish_non_exhaustive()
                }
            }
        };
        /// A stub that calls [`Sensors`] in another process.
        #[cfg(target_os = "linux")]
        struct SensorsClient<C = ::domainsockets::Client> {
            carrier: C,
        }
        #[cfg(target_os = "linux")]
        const _: () = {
            fn carrier() {}
            fn formatter() {}
            fn name() {}
            fn options() {}
            fn server() {}
            fn service() {}
            ::domainsockets::__private::import_fallbacks! {}
            impl SensorsClient<::domainsockets::Client> {
                /// The handler name of [`Sensors::load`].
                #[deprecated = "use `loads`"]
                const LOAD: &'static str = "Sensors.load";
                /// The handler name of [`Sensors::loads`].
                #[cfg(feature = "loads")]
                const LOADS: &'static str = "Sensors.loads";
                /// The handler names of [`Sensors`], in the order of its methods.
                const HANDLERS: &'static [&'static str] = &[
                    "Sensors.load",
                    #[cfg(feature = "loads")]
                    "Sensors.loads",
                ];
                const method_LOAD: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Sensors.load",
                    &[],
                    [
                        ::domainsockets::__private::TypeOf::<()>::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<f64>::VALUE,
                    ],
                );
                #[cfg(feature = "loads")]
                const method_LOADS: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Sensors.loads",
                    &[],
                    [
                        ::domainsockets::__private::TypeOf::<()>::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<[f64; 3]>::VALUE,
                    ],
                );
                /// Returns the signatures of the methods of [`Sensors`], in their order: what each method takes and returns, down to the fields of its types.
                #[must_use]
                fn signatures() -> ::std::vec::Vec<
                    ::domainsockets::signature::Signature,
                > {
                    ::domainsockets::__private::list(
                        &[
                            Self::method_LOAD,
                            #[cfg(feature = "loads")]
                            Self::method_LOADS,
                        ],
                    )
                }
            }
            impl SensorsClient<::domainsockets::Client> {
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
                async fn dial(
                    name: impl ::core::convert::AsRef<::std::path::Path>,
                ) -> ::core::result::Result<Self, ::domainsockets::Error> {
                    ::core::result::Result::Ok(
                        Self::new(::domainsockets::Client::dial(name).await?),
                    )
                }
            }
            impl SensorsClient<::domainsockets::Local> {
                /// Makes a stub that calls this implementation of [`Sensors`] in the same process, without a socket.
                ///
                /// # Errors
                ///
                /// If a user or group that a method allows does not exist.
                fn local(
                    service: impl Sensors,
                ) -> ::core::result::Result<Self, ::domainsockets::ServeError> {
                    ::core::result::Result::Ok(
                        Self::new(
                            ::domainsockets::Local::new(
                                SensorsServer::<_>::new(service),
                            )?,
                        ),
                    )
                }
            }
            impl<C: ::domainsockets::Carrier + 'static> SensorsClient<C> {
                /// Returns this stub with its carrier in a box: stubs over different carriers then have one type.
                #[must_use]
                fn boxed(self) -> SensorsClient<::domainsockets::BoxCarrier> {
                    SensorsClient::new(::domainsockets::BoxCarrier::new(self.carrier))
                }
            }
            impl<C: ::domainsockets::Carrier> SensorsClient<C> {
                /// Makes a stub over this carrier.
                #[must_use]
                fn new(carrier: C) -> Self {
                    Self { carrier }
                }
                /// Returns the carrier of the calls.
                #[must_use]
                fn carrier(&self) -> &C {
                    &self.carrier
                }
                /// Returns a stub over the same carrier whose calls have these options. They take precedence
                /// over the options of this stub.
                #[must_use]
                fn with(
                    &self,
                    options: ::domainsockets::CallOptions,
                ) -> SensorsClient<::domainsockets::With<C>>
                where
                    C: ::core::clone::Clone,
                {
                    SensorsClient::new(
                        ::domainsockets::With::new(
                            ::core::clone::Clone::clone(&self.carrier),
                            options,
                        ),
                    )
                }
                /// Returns the carrier, without the stub.
                #[must_use]
                fn into_inner(self) -> C {
                    self.carrier
                }
                /// Returns the load.
                #[deprecated = "use `loads`"]
                async fn load(
                    &self,
                ) -> ::core::result::Result<f64, ::domainsockets::Error> {
                    ::domainsockets::__private::StubCalls::<
                        ::domainsockets::codec::Bincode,
                        f64,
                    >::call(
                            &self.carrier,
                            &SensorsClient::method_LOAD,
                            ::domainsockets::__private::ArgumentTuple::<
                                ::domainsockets::codec::Bincode,
                                _,
                            >::new(&())
                                .write(&SensorsClient::method_LOAD, &[]),
                        )
                        .await
                }
                /// Calls [`Sensors::loads`].
                #[cfg(feature = "loads")]
                async fn loads(
                    &self,
                ) -> ::core::result::Result<[f64; 3], ::domainsockets::Error> {
                    ::domainsockets::__private::StubCalls::<
                        ::domainsockets::codec::Bincode,
                        [f64; 3],
                    >::call(
                            &self.carrier,
                            &SensorsClient::method_LOADS,
                            ::domainsockets::__private::ArgumentTuple::<
                                ::domainsockets::codec::Bincode,
                                _,
                            >::new(&())
                                .write(&SensorsClient::method_LOADS, &[]),
                        )
                        .await
                }
            }
            #[automatically_derived]
            impl<C> ::core::clone::Clone for SensorsClient<C>
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
            impl<C> ::core::fmt::Debug for SensorsClient<C>
            where
                C: ::core::fmt::Debug,
            {
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(SensorsClient))
                        .field("carrier", &self.carrier)
                        .finish()
                }
            }
        };
    }
    mod with_blocking {
        /// A stub that calls [`Sensors`] in another process, and blocks the thread until it has the reply.
        #[cfg(target_os = "linux")]
        struct SensorsBlockingClient<C = ::domainsockets::blocking::Client> {
            carrier: C,
        }
        #[cfg(target_os = "linux")]
        const _: () = {
            fn carrier() {}
            fn formatter() {}
            fn name() {}
            fn options() {}
            fn server() {}
            fn service() {}
            ::domainsockets::__private::import_fallbacks! {}
            impl SensorsBlockingClient<::domainsockets::blocking::Client> {
                /// The handler name of [`Sensors::load`].
                #[deprecated = "use `loads`"]
                const LOAD: &'static str = "Sensors.load";
                /// The handler name of [`Sensors::loads`].
                #[cfg(feature = "loads")]
                const LOADS: &'static str = "Sensors.loads";
                /// The handler names of [`Sensors`], in the order of its methods.
                const HANDLERS: &'static [&'static str] = &[
                    "Sensors.load",
                    #[cfg(feature = "loads")]
                    "Sensors.loads",
                ];
                const method_LOAD: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Sensors.load",
                    &[],
                    [
                        ::domainsockets::__private::TypeOf::<()>::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<f64>::VALUE,
                    ],
                );
                #[cfg(feature = "loads")]
                const method_LOADS: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Sensors.loads",
                    &[],
                    [
                        ::domainsockets::__private::TypeOf::<()>::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<[f64; 3]>::VALUE,
                    ],
                );
                /// Returns the signatures of the methods of [`Sensors`], in their order: what each method takes and returns, down to the fields of its types.
                #[must_use]
                fn signatures() -> ::std::vec::Vec<
                    ::domainsockets::signature::Signature,
                > {
                    ::domainsockets::__private::list(
                        &[
                            Self::method_LOAD,
                            #[cfg(feature = "loads")]
                            Self::method_LOADS,
                        ],
                    )
                }
            }
            impl SensorsBlockingClient<::domainsockets::blocking::Client> {
                /// Connects to the server of this name: a bare name is a file in the directory for
                /// temporary files, an absolute path is used as it is.
                ///
                /// # Errors
                ///
                /// If no server can be reached there.
                fn dial(
                    name: impl ::core::convert::AsRef<::std::path::Path>,
                ) -> ::core::result::Result<Self, ::domainsockets::Error> {
                    ::core::result::Result::Ok(
                        Self::new(::domainsockets::blocking::Client::dial(name)?),
                    )
                }
            }
            ::domainsockets::__private::with_tokio! {
                impl SensorsBlockingClient < ::domainsockets::blocking::Local > { #[doc =
                " Makes a stub that calls this implementation of [`Sensors`] in the same process, without a socket."]
                #[doc = r""] #[doc = r" # Errors"] #[doc = r""] #[doc =
                r" If a user or group that a method allows does not exist."] fn
                local(service : impl Sensors,) -> ::core::result::Result < Self,
                ::domainsockets::ServeError > {
                ::core::result::Result::Ok(Self::new(::domainsockets::blocking::Local::new(SensorsServer::
                < _, > ::new(service)) ?)) } }
            }
            impl<C: ::domainsockets::blocking::Carrier> SensorsBlockingClient<C> {
                /// Makes a stub over this carrier.
                #[must_use]
                fn new(carrier: C) -> Self {
                    Self { carrier }
                }
                /// Returns the carrier of the calls.
                #[must_use]
                fn carrier(&self) -> &C {
                    &self.carrier
                }
                /// Returns a stub over the same carrier whose calls have these options. They take precedence
                /// over the options of this stub.
                #[must_use]
                fn with(
                    &self,
                    options: ::domainsockets::CallOptions,
                ) -> SensorsBlockingClient<::domainsockets::With<C>>
                where
                    C: ::core::clone::Clone,
                {
                    SensorsBlockingClient::new(
                        ::domainsockets::With::new(
                            ::core::clone::Clone::clone(&self.carrier),
                            options,
                        ),
                    )
                }
                /// Returns the carrier, without the stub.
                #[must_use]
                fn into_inner(self) -> C {
                    self.carrier
                }
                /// Returns the load.
                #[deprecated = "use `loads`"]
                fn load(&self) -> ::core::result::Result<f64, ::domainsockets::Error> {
                    ::domainsockets::__private::BlockingStubCalls::<
                        ::domainsockets::codec::Bincode,
                        f64,
                    >::call(
                        &self.carrier,
                        &SensorsBlockingClient::method_LOAD,
                        ::domainsockets::__private::ArgumentTuple::<
                            ::domainsockets::codec::Bincode,
                            _,
                        >::new(&())
                            .write(&SensorsBlockingClient::method_LOAD, &[]),
                    )
                }
                /// Calls [`Sensors::loads`].
                #[cfg(feature = "loads")]
                fn loads(
                    &self,
                ) -> ::core::result::Result<[f64; 3], ::domainsockets::Error> {
                    ::domainsockets::__private::BlockingStubCalls::<
                        ::domainsockets::codec::Bincode,
                        [f64; 3],
                    >::call(
                        &self.carrier,
                        &SensorsBlockingClient::method_LOADS,
                        ::domainsockets::__private::ArgumentTuple::<
                            ::domainsockets::codec::Bincode,
                            _,
                        >::new(&())
                            .write(&SensorsBlockingClient::method_LOADS, &[]),
                    )
                }
            }
            #[automatically_derived]
            impl<C> ::core::clone::Clone for SensorsBlockingClient<C>
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
            impl<C> ::core::fmt::Debug for SensorsBlockingClient<C>
            where
                C: ::core::fmt::Debug,
            {
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(SensorsBlockingClient))
                        .field("carrier", &self.carrier)
                        .finish()
                }
            }
        };
    }
}
