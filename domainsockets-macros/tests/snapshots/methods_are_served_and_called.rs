/// A store of values under keys.
pub trait Kv: ::core::marker::Send + ::core::marker::Sync + 'static {
    /// Returns the value stored under `key`.
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
    fn put_all(
        &self,
        entries: &[Entry],
        options: &Options,
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send;
    fn len(&self) -> u64;
}
const _: () = {
    struct Mention<T>(::core::marker::PhantomData<fn() -> (T,)>);
    struct Used;
    impl<T: Kv> ::core::convert::From<Mention<T>> for Used {
        fn from(_: Mention<T>) -> Self {
            let _ = <T as Kv>::get;
            let _ = <T as Kv>::put;
            let _ = <T as Kv>::put_all;
            let _ = <T as Kv>::len;
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
            bytes::<Option<Vec<u8>>>();
            reply::<()>();
            reply::<KvError>();
            argument::<Entry>();
            argument::<Options>();
            reply::<u64>();
        }
    }
};
mod with_default_codec {
    mod with_tokio {
        /// The server adapter of [`Kv`], a service for `Server::add_service`.
        pub struct KvServer<T> {
            service: ::std::sync::Arc<T>,
        }
        const _: () = {
            fn argument_0() {}
            fn argument_1() {}
            fn formatter() {}
            fn kept() {}
            fn methods() {}
            fn request() {}
            fn service() {}
            ::domainsockets::__private::import_fallbacks! {}
            impl<T: Kv> KvServer<T> {
                /// Serves this implementation of [`Kv`].
                #[must_use]
                pub fn new(service: T) -> Self {
                    Self::from_arc(::std::sync::Arc::new(service))
                }
                /// Serves an implementation of [`Kv`] shared through an `Arc`.
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
                                        let kept = ::domainsockets::__private::CodecOf::<
                                            ::domainsockets::codec::Bincode,
                                        >::arena();
                                        let (argument_0,) = ::domainsockets::__private::Requests::<
                                            ::domainsockets::codec::Bincode,
                                            (&str,),
                                        >::decode(&request, &kept, &["key"])?;
                                        ::domainsockets::__private::Results::<
                                            ::domainsockets::codec::Bincode,
                                            _,
                                        >::new(<T as Kv>::get(&service, argument_0).await)
                                            .encode_bytes(&KvClient::method_GET)
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
                                        let kept = ::domainsockets::__private::CodecOf::<
                                            ::domainsockets::codec::Bincode,
                                        >::arena();
                                        let (argument_0, argument_1) = ::domainsockets::__private::Requests::<
                                            ::domainsockets::codec::Bincode,
                                            (&str, &[u8]),
                                        >::decode(&request, &kept, &["key", "value"])?;
                                        ::domainsockets::__private::Results::<
                                            ::domainsockets::codec::Bincode,
                                            _,
                                        >::new(
                                                &<T as Kv>::put(&service, argument_0, argument_1).await,
                                            )
                                            .encode(&KvClient::method_PUT)
                                    }
                                }
                            },
                        )?;
                    methods
                        .add_method(
                            &KvClient::method_PUT_ALL,
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
                                            (::std::vec::Vec<Entry>, Options),
                                        >::decode(&request, &kept, &["entries", "options"])?;
                                        ::domainsockets::__private::Results::<
                                            ::domainsockets::codec::Bincode,
                                            _,
                                        >::new(
                                                &<T as Kv>::put_all(&service, &argument_0, &argument_1)
                                                    .await,
                                            )
                                            .encode(&KvClient::method_PUT_ALL)
                                    }
                                }
                            },
                        )?;
                    methods
                        .add_method(
                            &KvClient::method_LEN,
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
                                        >::new(&<T as Kv>::len(&service))
                                            .encode(&KvClient::method_LEN)
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
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(KvServer))
                        .finish_non_exhaustive()
                }
            }
        };
        /// A stub that calls [`Kv`] in another process.
        pub struct KvClient<C = ::domainsockets::Client> {
            carrier: C,
        }
        const _: () = {
            fn carrier() {}
            fn entries() {}
            fn formatter() {}
            fn key() {}
            fn name() {}
            fn options() {}
            fn server() {}
            fn service() {}
            fn value() {}
            ::domainsockets::__private::import_fallbacks! {}
            impl KvClient<::domainsockets::Client> {
                /// The handler name of [`Kv::get`].
                pub const GET: &'static str = "Kv.get";
                /// The handler name of [`Kv::put`].
                pub const PUT: &'static str = "Kv.put";
                /// The handler name of [`Kv::put_all`].
                pub const PUT_ALL: &'static str = "Kv.put_all";
                /// The handler name of [`Kv::len`].
                pub const LEN: &'static str = "Kv.len";
                /// The handler names of [`Kv`], in the order of its methods.
                pub const HANDLERS: &'static [&'static str] = &[
                    "Kv.get",
                    "Kv.put",
                    "Kv.put_all",
                    "Kv.len",
                ];
                const method_GET: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Kv.get",
                    &["key"],
                    [
                        ::domainsockets::__private::TypeOf::<(&str,)>::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<
                            ::domainsockets::__private::AsBytes<Option<Vec<u8>>>,
                        >::VALUE,
                    ],
                );
                const method_PUT: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Kv.put",
                    &["key", "value"],
                    [
                        ::domainsockets::__private::TypeOf::<(&str, &[u8])>::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<
                            ::core::result::Result<(), KvError>,
                        >::VALUE,
                    ],
                );
                const method_PUT_ALL: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Kv.put_all",
                    &["entries", "options"],
                    [
                        ::domainsockets::__private::TypeOf::<
                            (::std::vec::Vec<Entry>, Options),
                        >::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<()>::VALUE,
                    ],
                );
                const method_LEN: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Kv.len",
                    &[],
                    [
                        ::domainsockets::__private::TypeOf::<()>::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<u64>::VALUE,
                    ],
                );
                /// Returns the signatures of the methods of [`Kv`], in their order: what each method takes and returns, down to the fields of its types.
                #[must_use]
                pub fn signatures() -> ::std::vec::Vec<
                    ::domainsockets::signature::Signature,
                > {
                    ::domainsockets::__private::list(
                        &[
                            Self::method_GET,
                            Self::method_PUT,
                            Self::method_PUT_ALL,
                            Self::method_LEN,
                        ],
                    )
                }
            }
            impl KvClient<::domainsockets::Client> {
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
            impl KvClient<::domainsockets::Local> {
                /// Makes a stub that calls this implementation of [`Kv`] in the same process, without a socket.
                ///
                /// # Errors
                ///
                /// If a user or group that a method allows does not exist.
                pub fn local(
                    service: impl Kv,
                ) -> ::core::result::Result<Self, ::domainsockets::ServeError> {
                    ::core::result::Result::Ok(
                        Self::new(
                            ::domainsockets::Local::new(KvServer::<_>::new(service))?,
                        ),
                    )
                }
            }
            impl<C: ::domainsockets::Carrier + 'static> KvClient<C> {
                /// Returns this stub with its carrier in a box: stubs over different carriers then have one type.
                #[must_use]
                pub fn boxed(self) -> KvClient<::domainsockets::BoxCarrier> {
                    KvClient::new(::domainsockets::BoxCarrier::new(self.carrier))
                }
            }
            impl<C: ::domainsockets::Carrier> KvClient<C> {
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
                /// Returns the carrier, without the stub.
                #[must_use]
                pub fn into_inner(self) -> C {
                    self.carrier
                }
                /// Returns the value stored under `key`.
                pub async fn get(
                    &self,
                    key: &str,
                ) -> ::core::result::Result<Option<Vec<u8>>, ::domainsockets::Error> {
                    ::domainsockets::__private::StubCalls::<
                        ::domainsockets::codec::Bincode,
                        Option<Vec<u8>>,
                    >::call_bytes(
                            &self.carrier,
                            &KvClient::method_GET,
                            ::domainsockets::__private::ArgumentTuple::<
                                ::domainsockets::codec::Bincode,
                                _,
                            >::new(&(key,))
                                .write(&KvClient::method_GET, &["key"]),
                        )
                        .await
                }
                /// Calls [`Kv::put`].
                pub async fn put(
                    &self,
                    key: &str,
                    value: &[u8],
                ) -> ::core::result::Result<(), ::domainsockets::CallError<KvError>> {
                    ::domainsockets::__private::StubCalls::<
                        ::domainsockets::codec::Bincode,
                        ::core::result::Result<(), KvError>,
                    >::call_fallible(
                            &self.carrier,
                            &KvClient::method_PUT,
                            ::domainsockets::__private::ArgumentTuple::<
                                ::domainsockets::codec::Bincode,
                                _,
                            >::new(
                                    &(
                                        key,
                                        ::domainsockets::__private::TrailingBytes::<
                                            ::domainsockets::codec::Bincode,
                                        >::new(value),
                                    ),
                                )
                                .write_with_body(
                                    &KvClient::method_PUT,
                                    &["key", "value"],
                                    value,
                                ),
                        )
                        .await
                }
                /// Calls [`Kv::put_all`].
                pub async fn put_all(
                    &self,
                    entries: &[Entry],
                    options: &Options,
                ) -> ::core::result::Result<(), ::domainsockets::Error> {
                    ::domainsockets::__private::StubCalls::<
                        ::domainsockets::codec::Bincode,
                        (),
                    >::call(
                            &self.carrier,
                            &KvClient::method_PUT_ALL,
                            ::domainsockets::__private::ArgumentTuple::<
                                ::domainsockets::codec::Bincode,
                                _,
                            >::new(&(entries, options))
                                .write(&KvClient::method_PUT_ALL, &["entries", "options"]),
                        )
                        .await
                }
                /// Calls [`Kv::len`].
                pub async fn len(
                    &self,
                ) -> ::core::result::Result<u64, ::domainsockets::Error> {
                    ::domainsockets::__private::StubCalls::<
                        ::domainsockets::codec::Bincode,
                        u64,
                    >::call(
                            &self.carrier,
                            &KvClient::method_LEN,
                            ::domainsockets::__private::ArgumentTuple::<
                                ::domainsockets::codec::Bincode,
                                _,
                            >::new(&())
                                .write(&KvClient::method_LEN, &[]),
                        )
                        .await
                }
            }
            #[automatically_derived]
            impl<C> ::core::clone::Clone for KvClient<C>
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
            impl<C> ::core::fmt::Debug for KvClient<C>
            where
                C: ::core::fmt::Debug,
            {
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(KvClient))
                        .field("carrier", &self.carrier)
                        .finish()
                }
            }
        };
    }
    mod with_blocking {
        /// A stub that calls [`Kv`] in another process, and blocks the thread until it has the reply.
        pub struct KvBlockingClient<C = ::domainsockets::blocking::Client> {
            carrier: C,
        }
        const _: () = {
            fn carrier() {}
            fn entries() {}
            fn formatter() {}
            fn key() {}
            fn name() {}
            fn options() {}
            fn server() {}
            fn service() {}
            fn value() {}
            ::domainsockets::__private::import_fallbacks! {}
            impl KvBlockingClient<::domainsockets::blocking::Client> {
                /// The handler name of [`Kv::get`].
                pub const GET: &'static str = "Kv.get";
                /// The handler name of [`Kv::put`].
                pub const PUT: &'static str = "Kv.put";
                /// The handler name of [`Kv::put_all`].
                pub const PUT_ALL: &'static str = "Kv.put_all";
                /// The handler name of [`Kv::len`].
                pub const LEN: &'static str = "Kv.len";
                /// The handler names of [`Kv`], in the order of its methods.
                pub const HANDLERS: &'static [&'static str] = &[
                    "Kv.get",
                    "Kv.put",
                    "Kv.put_all",
                    "Kv.len",
                ];
                const method_GET: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Kv.get",
                    &["key"],
                    [
                        ::domainsockets::__private::TypeOf::<(&str,)>::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<
                            ::domainsockets::__private::AsBytes<Option<Vec<u8>>>,
                        >::VALUE,
                    ],
                );
                const method_PUT: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Kv.put",
                    &["key", "value"],
                    [
                        ::domainsockets::__private::TypeOf::<(&str, &[u8])>::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<
                            ::core::result::Result<(), KvError>,
                        >::VALUE,
                    ],
                );
                const method_PUT_ALL: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Kv.put_all",
                    &["entries", "options"],
                    [
                        ::domainsockets::__private::TypeOf::<
                            (::std::vec::Vec<Entry>, Options),
                        >::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<()>::VALUE,
                    ],
                );
                const method_LEN: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Kv.len",
                    &[],
                    [
                        ::domainsockets::__private::TypeOf::<()>::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<u64>::VALUE,
                    ],
                );
                /// Returns the signatures of the methods of [`Kv`], in their order: what each method takes and returns, down to the fields of its types.
                #[must_use]
                pub fn signatures() -> ::std::vec::Vec<
                    ::domainsockets::signature::Signature,
                > {
                    ::domainsockets::__private::list(
                        &[
                            Self::method_GET,
                            Self::method_PUT,
                            Self::method_PUT_ALL,
                            Self::method_LEN,
                        ],
                    )
                }
            }
            impl KvBlockingClient<::domainsockets::blocking::Client> {
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
                impl KvBlockingClient < ::domainsockets::blocking::Local > { #[doc =
                " Makes a stub that calls this implementation of [`Kv`] in the same process, without a socket."]
                #[doc = r""] #[doc = r" # Errors"] #[doc = r""] #[doc =
                r" If a user or group that a method allows does not exist."] pub fn
                local(service : impl Kv,) -> ::core::result::Result < Self,
                ::domainsockets::ServeError > {
                ::core::result::Result::Ok(Self::new(::domainsockets::blocking::Local::new(KvServer::
                < _, > ::new(service)) ?)) } }
            }
            impl<C: ::domainsockets::blocking::Carrier> KvBlockingClient<C> {
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
                ) -> KvBlockingClient<::domainsockets::With<C>>
                where
                    C: ::core::clone::Clone,
                {
                    KvBlockingClient::new(
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
                /// Returns the value stored under `key`.
                pub fn get(
                    &self,
                    key: &str,
                ) -> ::core::result::Result<Option<Vec<u8>>, ::domainsockets::Error> {
                    ::domainsockets::__private::BlockingStubCalls::<
                        ::domainsockets::codec::Bincode,
                        Option<Vec<u8>>,
                    >::call_bytes(
                        &self.carrier,
                        &KvBlockingClient::method_GET,
                        ::domainsockets::__private::ArgumentTuple::<
                            ::domainsockets::codec::Bincode,
                            _,
                        >::new(&(key,))
                            .write(&KvBlockingClient::method_GET, &["key"]),
                    )
                }
                /// Calls [`Kv::put`].
                pub fn put(
                    &self,
                    key: &str,
                    value: &[u8],
                ) -> ::core::result::Result<(), ::domainsockets::CallError<KvError>> {
                    ::domainsockets::__private::BlockingStubCalls::<
                        ::domainsockets::codec::Bincode,
                        ::core::result::Result<(), KvError>,
                    >::call_fallible(
                        &self.carrier,
                        &KvBlockingClient::method_PUT,
                        ::domainsockets::__private::ArgumentTuple::<
                            ::domainsockets::codec::Bincode,
                            _,
                        >::new(
                                &(
                                    key,
                                    ::domainsockets::__private::TrailingBytes::<
                                        ::domainsockets::codec::Bincode,
                                    >::new(value),
                                ),
                            )
                            .write_with_body(
                                &KvBlockingClient::method_PUT,
                                &["key", "value"],
                                value,
                            ),
                    )
                }
                /// Calls [`Kv::put_all`].
                pub fn put_all(
                    &self,
                    entries: &[Entry],
                    options: &Options,
                ) -> ::core::result::Result<(), ::domainsockets::Error> {
                    ::domainsockets::__private::BlockingStubCalls::<
                        ::domainsockets::codec::Bincode,
                        (),
                    >::call(
                        &self.carrier,
                        &KvBlockingClient::method_PUT_ALL,
                        ::domainsockets::__private::ArgumentTuple::<
                            ::domainsockets::codec::Bincode,
                            _,
                        >::new(&(entries, options))
                            .write(
                                &KvBlockingClient::method_PUT_ALL,
                                &["entries", "options"],
                            ),
                    )
                }
                /// Calls [`Kv::len`].
                pub fn len(
                    &self,
                ) -> ::core::result::Result<u64, ::domainsockets::Error> {
                    ::domainsockets::__private::BlockingStubCalls::<
                        ::domainsockets::codec::Bincode,
                        u64,
                    >::call(
                        &self.carrier,
                        &KvBlockingClient::method_LEN,
                        ::domainsockets::__private::ArgumentTuple::<
                            ::domainsockets::codec::Bincode,
                            _,
                        >::new(&())
                            .write(&KvBlockingClient::method_LEN, &[]),
                    )
                }
            }
            #[automatically_derived]
            impl<C> ::core::clone::Clone for KvBlockingClient<C>
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
            impl<C> ::core::fmt::Debug for KvBlockingClient<C>
            where
                C: ::core::fmt::Debug,
            {
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(KvBlockingClient))
                        .field("carrier", &self.carrier)
                        .finish()
                }
            }
        };
    }
}
