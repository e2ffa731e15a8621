/// A wide store.
#[expect(clippy::trait_duplication_in_bounds, reason = "as elsewhere")]
#[doc(alias = "store")]
pub trait Wide: ::core::marker::Send + ::core::marker::Sync + 'static {
    /// The most.
    const MAX: u8 = 3;
    /// Takes at most [`Self::MAX`].
    #[expect(dead_code, non_snake_case, reason = "as elsewhere")]
    #[cfg_attr(unix, must_use, allow(unused), expect(unused_variables))]
    #[inline]
    fn putAll(
        &self,
        #[allow(non_snake_case)]
        theKey: u8,
        gen: u8,
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send;
}
#[allow(clippy::trait_duplication_in_bounds, reason = "as elsewhere")]
const _: () = {
    struct Mention<T>(::core::marker::PhantomData<fn() -> (T,)>);
    struct Used;
    impl<T: Wide> ::core::convert::From<Mention<T>> for Used {
        fn from(_: Mention<T>) -> Self {
            let _ = <T as Wide>::MAX;
            Self
        }
    }
    let _ = Used;
};
#[allow(clippy::trait_duplication_in_bounds, reason = "as elsewhere")]
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
            argument::<u8>();
        }
    }
};
mod with_default_codec {
    mod with_tokio {
        /// The server adapter of [`Wide`], a service for `Server::add_service`.
        #[allow(clippy::trait_duplication_in_bounds, reason = "as elsewhere")]
        #[doc(alias = "store")]
        pub struct WideServer<T> {
            service: ::std::sync::Arc<T>,
        }
        #[allow(clippy::trait_duplication_in_bounds, reason = "as elsewhere")]
        const _: () = {
            fn argument_0() {}
            fn argument_1() {}
            fn formatter() {}
            fn kept() {}
            fn methods() {}
            fn request() {}
            fn service() {}
            ::domainsockets::__private::import_fallbacks! {}
            impl<T: Wide> WideServer<T> {
                /// Serves this implementation of [`Wide`].
                #[must_use]
                pub fn new(service: T) -> Self {
                    Self::from_arc(::std::sync::Arc::new(service))
                }
                /// Serves an implementation of [`Wide`] shared through an `Arc`.
                #[must_use]
                pub fn from_arc(service: ::std::sync::Arc<T>) -> Self {
                    Self { service }
                }
            }
            #[automatically_derived]
            impl<T: Wide> ::domainsockets::Service for WideServer<T> {
                fn register(
                    self,
                    methods: &mut ::domainsockets::__private::Methods,
                ) -> ::core::result::Result<(), ::domainsockets::ServeError> {
                    methods
                        .add_method(
                            &WideClient::method_PUT_ALL,
                            {
                                let service = ::core::clone::Clone::clone(&self.service);
                                move |request: ::domainsockets::__private::Request| {
                                    let service = ::core::clone::Clone::clone(&service);
                                    async move {
                                        let kept = ::domainsockets::__private::CodecOf::<
                                            ::domainsockets::codec::Bincode,
                                        >::arena();
                                        let (argument_0, argument_1) = ::domainsockets::__private::Requests::<
                                            ::domainsockets::codec::Bincode,
                                            (u8, u8),
                                        >::decode(&request, &kept, &["theKey", "gen"])?;
                                        ::domainsockets::__private::Results::<
                                            ::domainsockets::codec::Bincode,
                                            _,
                                        >::new(
                                                &<T as Wide>::putAll(&service, argument_0, argument_1).await,
                                            )
                                            .encode(&WideClient::method_PUT_ALL)
                                    }
                                }
                            },
                        )?;
                    ::core::result::Result::Ok(())
                }
            }
            #[automatically_derived]
            impl<T> ::core::clone::Clone for WideServer<T> {
                fn clone(&self) -> Self {
                    Self {
                        service: ::core::clone::Clone::clone(&self.service),
                    }
                }
            }
            #[automatically_derived]
            impl<T> ::core::fmt::Debug for WideServer<T> {
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(WideServer))
                        .finish_non_exhaustive()
                }
            }
        };
        /// A stub that calls [`Wide`] in another process.
        #[allow(clippy::trait_duplication_in_bounds, reason = "as elsewhere")]
        #[doc(alias = "store")]
        pub struct WideClient<C = ::domainsockets::Client> {
            carrier: C,
        }
        #[allow(clippy::trait_duplication_in_bounds, reason = "as elsewhere")]
        const _: () = {
            fn carrier() {}
            fn formatter() {}
            fn r#gen() {}
            fn name() {}
            fn options() {}
            fn server() {}
            fn service() {}
            fn theKey() {}
            ::domainsockets::__private::import_fallbacks! {}
            impl WideClient<::domainsockets::Client> {
                /// The handler name of [`Wide::putAll`].
                pub const PUT_ALL: &'static str = "Wide.putAll";
                /// The handler names of [`Wide`], in the order of its methods.
                pub const HANDLERS: &'static [&'static str] = &["Wide.putAll"];
                const method_PUT_ALL: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Wide.putAll",
                    &["theKey", "gen"],
                    [
                        ::domainsockets::__private::TypeOf::<(u8, u8)>::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<()>::VALUE,
                    ],
                );
                /// Returns the signatures of the methods of [`Wide`], in their order: what each method takes and returns, down to the fields of its types.
                #[must_use]
                pub fn signatures() -> ::std::vec::Vec<
                    ::domainsockets::signature::Signature,
                > {
                    ::domainsockets::__private::list(&[Self::method_PUT_ALL])
                }
            }
            impl WideClient<::domainsockets::Client> {
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
            impl WideClient<::domainsockets::Local> {
                /// Makes a stub that calls this implementation of [`Wide`] in the same process, without a socket.
                ///
                /// # Errors
                ///
                /// If a user or group that a method allows does not exist.
                pub fn local(
                    service: impl Wide,
                ) -> ::core::result::Result<Self, ::domainsockets::ServeError> {
                    ::core::result::Result::Ok(
                        Self::new(
                            ::domainsockets::Local::new(WideServer::<_>::new(service))?,
                        ),
                    )
                }
            }
            impl<C: ::domainsockets::Carrier + 'static> WideClient<C> {
                /// Returns this stub with its carrier in a box: stubs over different carriers then have one type.
                #[must_use]
                pub fn boxed(self) -> WideClient<::domainsockets::BoxCarrier> {
                    WideClient::new(::domainsockets::BoxCarrier::new(self.carrier))
                }
            }
            impl<C: ::domainsockets::Carrier> WideClient<C> {
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
                ) -> WideClient<::domainsockets::With<C>>
                where
                    C: ::core::clone::Clone,
                {
                    WideClient::new(
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
                /// Takes at most [`Wide::MAX`].
                #[allow(non_snake_case, reason = "as elsewhere")]
                #[cfg_attr(unix, allow(unused), allow(unused_variables))]
                pub async fn putAll(
                    &self,
                    theKey: u8,
                    r#gen: u8,
                ) -> ::core::result::Result<(), ::domainsockets::Error> {
                    ::domainsockets::__private::StubCalls::<
                        ::domainsockets::codec::Bincode,
                        (),
                    >::call(
                            &self.carrier,
                            &WideClient::method_PUT_ALL,
                            ::domainsockets::__private::ArgumentTuple::<
                                ::domainsockets::codec::Bincode,
                                _,
                            >::new(&(theKey, r#gen))
                                .write(&WideClient::method_PUT_ALL, &["theKey", "gen"]),
                        )
                        .await
                }
            }
            #[automatically_derived]
            impl<C> ::core::clone::Clone for WideClient<C>
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
            impl<C> ::core::fmt::Debug for WideClient<C>
            where
                C: ::core::fmt::Debug,
            {
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(WideClient))
                        .field("carrier", &self.carrier)
                        .finish()
                }
            }
        };
    }
    mod with_blocking {
        /// A stub that calls [`Wide`] in another process, and blocks the thread until it has the reply.
        #[allow(clippy::trait_duplication_in_bounds, reason = "as elsewhere")]
        #[doc(alias = "store")]
        pub struct WideBlockingClient<C = ::domainsockets::blocking::Client> {
            carrier: C,
        }
        #[allow(clippy::trait_duplication_in_bounds, reason = "as elsewhere")]
        const _: () = {
            fn carrier() {}
            fn formatter() {}
            fn r#gen() {}
            fn name() {}
            fn options() {}
            fn server() {}
            fn service() {}
            fn theKey() {}
            ::domainsockets::__private::import_fallbacks! {}
            impl WideBlockingClient<::domainsockets::blocking::Client> {
                /// The handler name of [`Wide::putAll`].
                pub const PUT_ALL: &'static str = "Wide.putAll";
                /// The handler names of [`Wide`], in the order of its methods.
                pub const HANDLERS: &'static [&'static str] = &["Wide.putAll"];
                const method_PUT_ALL: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Wide.putAll",
                    &["theKey", "gen"],
                    [
                        ::domainsockets::__private::TypeOf::<(u8, u8)>::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<()>::VALUE,
                    ],
                );
                /// Returns the signatures of the methods of [`Wide`], in their order: what each method takes and returns, down to the fields of its types.
                #[must_use]
                pub fn signatures() -> ::std::vec::Vec<
                    ::domainsockets::signature::Signature,
                > {
                    ::domainsockets::__private::list(&[Self::method_PUT_ALL])
                }
            }
            impl WideBlockingClient<::domainsockets::blocking::Client> {
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
                impl WideBlockingClient < ::domainsockets::blocking::Local > { #[doc =
                " Makes a stub that calls this implementation of [`Wide`] in the same process, without a socket."]
                #[doc = r""] #[doc = r" # Errors"] #[doc = r""] #[doc =
                r" If a user or group that a method allows does not exist."] pub fn
                local(service : impl Wide,) -> ::core::result::Result < Self,
                ::domainsockets::ServeError > {
                ::core::result::Result::Ok(Self::new(::domainsockets::blocking::Local::new(WideServer::
                < _, > ::new(service)) ?)) } }
            }
            impl<C: ::domainsockets::blocking::Carrier> WideBlockingClient<C> {
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
                ) -> WideBlockingClient<::domainsockets::With<C>>
                where
                    C: ::core::clone::Clone,
                {
                    WideBlockingClient::new(
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
                /// Takes at most [`Wide::MAX`].
                #[allow(non_snake_case, reason = "as elsewhere")]
                #[cfg_attr(unix, allow(unused), allow(unused_variables))]
                pub fn putAll(
                    &self,
                    theKey: u8,
                    r#gen: u8,
                ) -> ::core::result::Result<(), ::domainsockets::Error> {
                    ::domainsockets::__private::BlockingStubCalls::<
                        ::domainsockets::codec::Bincode,
                        (),
                    >::call(
                        &self.carrier,
                        &WideBlockingClient::method_PUT_ALL,
                        ::domainsockets::__private::ArgumentTuple::<
                            ::domainsockets::codec::Bincode,
                            _,
                        >::new(&(theKey, r#gen))
                            .write(
                                &WideBlockingClient::method_PUT_ALL,
                                &["theKey", "gen"],
                            ),
                    )
                }
            }
            #[automatically_derived]
            impl<C> ::core::clone::Clone for WideBlockingClient<C>
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
            impl<C> ::core::fmt::Debug for WideBlockingClient<C>
            where
                C: ::core::fmt::Debug,
            {
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(WideBlockingClient))
                        .field("carrier", &self.carrier)
                        .finish()
                }
            }
        };
    }
}
