pub trait Disk: ::core::marker::Send + ::core::marker::Sync + 'static {
    fn read(&self, block: u64) -> crate::Result<Block>;
    fn put(
        &self,
        block: u64,
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send {
        async move { self.flush(block) }
    }
    fn hello(
        &self,
        data: &[u8],
    ) -> impl ::core::future::Future<Output = Result<Bytes, Odd>> + ::core::marker::Send;
}
const _: () = {
    struct Mention<T>(::core::marker::PhantomData<fn() -> (T,)>);
    struct Used;
    impl<T: Disk> ::core::convert::From<Mention<T>> for Used {
        fn from(_: Mention<T>) -> Self {
            let _ = <T as Disk>::read;
            let _ = <T as Disk>::put;
            let _ = <T as Disk>::hello;
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
            argument::<u64>();
            reply::<crate::Result<Block>>();
            raw::<Bytes>();
        }
    }
};
mod with_default_codec {
    mod with_tokio {
        /// The server adapter of [`Disk`], a service for `Server::add_service`.
        pub struct DiskServer<T> {
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
            impl<T: Disk> DiskServer<T> {
                /// Serves this implementation of [`Disk`].
                #[must_use]
                pub fn new(service: T) -> Self {
                    Self::from_arc(::std::sync::Arc::new(service))
                }
                /// Serves an implementation of [`Disk`] shared through an `Arc`.
                #[must_use]
                pub fn from_arc(service: ::std::sync::Arc<T>) -> Self {
                    Self { service }
                }
            }
            #[automatically_derived]
            impl<T: Disk> ::domainsockets::Service for DiskServer<T> {
                fn register(
                    self,
                    methods: &mut ::domainsockets::__private::Methods,
                ) -> ::core::result::Result<(), ::domainsockets::ServeError> {
                    methods
                        .add_method(
                            &DiskClient::method_READ,
                            {
                                let service = ::core::clone::Clone::clone(&self.service);
                                move |request: ::domainsockets::__private::Request| {
                                    let service = ::core::clone::Clone::clone(&service);
                                    ::domainsockets::__private::blocking(move || {
                                        let kept = ::domainsockets::__private::CodecOf::<
                                            ::domainsockets::codec::Bincode,
                                        >::arena();
                                        let (argument_0,) = ::domainsockets::__private::Requests::<
                                            ::domainsockets::codec::Bincode,
                                            (u64,),
                                        >::decode(&request, &kept, &["block"])?;
                                        ::domainsockets::__private::Results::<
                                            ::domainsockets::codec::Bincode,
                                            _,
                                        >::new(&<T as Disk>::read(&service, argument_0))
                                            .encode(&DiskClient::method_READ)
                                    })
                                }
                            },
                        )?;
                    methods.set_no_cancel("Disk.read")?;
                    methods
                        .add_method(
                            &DiskClient::method_PUT,
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
                                        >::decode(&request, &kept, &["block"])?;
                                        ::domainsockets::__private::Results::<
                                            ::domainsockets::codec::Bincode,
                                            _,
                                        >::new(&<T as Disk>::put(&service, argument_0).await)
                                            .encode(&DiskClient::method_PUT)
                                    }
                                }
                            },
                        )?;
                    methods
                        .restrict("Disk.put", ::domainsockets::Allow::nobody().root())?;
                    methods.set_no_cancel("Disk.put")?;
                    methods.alias("Disk.put", "Disk.write")?;
                    methods.alias("Disk.put", "Write")?;
                    methods
                        .add_method(
                            &DiskClient::method_HELLO,
                            {
                                let service = ::core::clone::Clone::clone(&self.service);
                                move |request: ::domainsockets::__private::Request| {
                                    let service = ::core::clone::Clone::clone(&service);
                                    async move {
                                        ::domainsockets::__private::RawResult(
                                                <T as Disk>::hello(&service, request.data()).await,
                                            )
                                            .result()
                                    }
                                }
                            },
                        )?;
                    ::core::result::Result::Ok(())
                }
            }
            #[automatically_derived]
            impl<T> ::core::clone::Clone for DiskServer<T> {
                fn clone(&self) -> Self {
                    Self {
                        service: ::core::clone::Clone::clone(&self.service),
                    }
                }
            }
            #[automatically_derived]
            impl<T> ::core::fmt::Debug for DiskServer<T> {
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(DiskServer))
                        .finish_non_exhaustive()
                }
            }
        };
        /// A stub that calls [`Disk`] in another process.
        pub struct DiskClient<C = ::domainsockets::Client> {
            carrier: C,
        }
        const _: () = {
            fn block() {}
            fn carrier() {}
            fn data() {}
            fn formatter() {}
            fn name() {}
            fn options() {}
            fn server() {}
            fn service() {}
            ::domainsockets::__private::import_fallbacks! {}
            impl DiskClient<::domainsockets::Client> {
                /// The handler name of [`Disk::read`].
                pub const READ: &'static str = "Disk.read";
                /// The handler name of [`Disk::put`].
                pub const PUT: &'static str = "Disk.put";
                /// The handler name of [`Disk::hello`].
                pub const HELLO: &'static str = "HelloWorld";
                /// The handler names of [`Disk`], in the order of its methods.
                pub const HANDLERS: &'static [&'static str] = &[
                    "Disk.read",
                    "Disk.put",
                    "HelloWorld",
                ];
                const method_READ: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Disk.read",
                    &["block"],
                    [
                        ::domainsockets::__private::TypeOf::<(u64,)>::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<crate::Result<Block>>::VALUE,
                    ],
                );
                const method_PUT: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                        "Disk.put",
                        &["block"],
                        [
                            ::domainsockets::__private::TypeOf::<(u64,)>::ARGUMENTS,
                            ::domainsockets::__private::TypeOf::<()>::VALUE,
                        ],
                    )
                    .also(&["Disk.write", "Write"]);
                const method_HELLO: ::domainsockets::__private::Method = ::domainsockets::__private::Method::raw(
                    "HelloWorld",
                );
                /// Returns the signatures of the methods of [`Disk`], in their order: what each method takes and returns, down to the fields of its types.
                #[must_use]
                pub fn signatures() -> ::std::vec::Vec<
                    ::domainsockets::signature::Signature,
                > {
                    ::domainsockets::__private::list(
                        &[Self::method_READ, Self::method_PUT],
                    )
                }
            }
            impl DiskClient<::domainsockets::Client> {
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
            impl DiskClient<::domainsockets::Local> {
                /// Makes a stub that calls this implementation of [`Disk`] in the same process, without a socket.
                ///
                /// # Errors
                ///
                /// If a user or group that a method allows does not exist.
                pub fn local(
                    service: impl Disk,
                ) -> ::core::result::Result<Self, ::domainsockets::ServeError> {
                    ::core::result::Result::Ok(
                        Self::new(
                            ::domainsockets::Local::new(DiskServer::<_>::new(service))?,
                        ),
                    )
                }
            }
            impl<C: ::domainsockets::Carrier + 'static> DiskClient<C> {
                /// Returns this stub with its carrier in a box: stubs over different carriers then have one type.
                #[must_use]
                pub fn boxed(self) -> DiskClient<::domainsockets::BoxCarrier> {
                    DiskClient::new(::domainsockets::BoxCarrier::new(self.carrier))
                }
            }
            impl<C: ::domainsockets::Carrier> DiskClient<C> {
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
                ) -> DiskClient<::domainsockets::With<C>>
                where
                    C: ::core::clone::Clone,
                {
                    DiskClient::new(
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
                /// Calls [`Disk::read`].
                pub async fn read(
                    &self,
                    block: u64,
                ) -> <crate::Result<
                    Block,
                > as ::domainsockets::__private::Fallible>::Called {
                    ::domainsockets::__private::StubCalls::<
                        ::domainsockets::codec::Bincode,
                        crate::Result<Block>,
                    >::call_fallible(
                            &self.carrier,
                            &DiskClient::method_READ,
                            ::domainsockets::__private::ArgumentTuple::<
                                ::domainsockets::codec::Bincode,
                                _,
                            >::new(&(block,))
                                .write(&DiskClient::method_READ, &["block"]),
                        )
                        .await
                }
                /// Calls [`Disk::put`].
                pub async fn put(
                    &self,
                    block: u64,
                ) -> ::core::result::Result<(), ::domainsockets::Error> {
                    ::domainsockets::__private::StubCalls::<
                        ::domainsockets::codec::Bincode,
                        (),
                    >::call(
                            &self.carrier,
                            &DiskClient::method_PUT,
                            ::domainsockets::__private::ArgumentTuple::<
                                ::domainsockets::codec::Bincode,
                                _,
                            >::new(&(block,))
                                .write(&DiskClient::method_PUT, &["block"]),
                        )
                        .await
                }
                /// Calls [`Disk::hello`].
                pub async fn hello(
                    &self,
                    data: &[u8],
                ) -> ::core::result::Result<Bytes, ::domainsockets::Error> {
                    ::domainsockets::__private::StubCalls::<
                        (),
                        Bytes,
                    >::call_raw(
                            &self.carrier,
                            &DiskClient::method_HELLO,
                            ::domainsockets::__private::Bytes::copy_from_slice(data),
                        )
                        .await
                }
            }
            #[automatically_derived]
            impl<C> ::core::clone::Clone for DiskClient<C>
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
            impl<C> ::core::fmt::Debug for DiskClient<C>
            where
                C: ::core::fmt::Debug,
            {
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(DiskClient))
                        .field("carrier", &self.carrier)
                        .finish()
                }
            }
        };
    }
    mod with_blocking {
        /// A stub that calls [`Disk`] in another process, and blocks the thread until it has the reply.
        pub struct DiskBlockingClient<C = ::domainsockets::blocking::Client> {
            carrier: C,
        }
        const _: () = {
            fn block() {}
            fn carrier() {}
            fn data() {}
            fn formatter() {}
            fn name() {}
            fn options() {}
            fn server() {}
            fn service() {}
            ::domainsockets::__private::import_fallbacks! {}
            impl DiskBlockingClient<::domainsockets::blocking::Client> {
                /// The handler name of [`Disk::read`].
                pub const READ: &'static str = "Disk.read";
                /// The handler name of [`Disk::put`].
                pub const PUT: &'static str = "Disk.put";
                /// The handler name of [`Disk::hello`].
                pub const HELLO: &'static str = "HelloWorld";
                /// The handler names of [`Disk`], in the order of its methods.
                pub const HANDLERS: &'static [&'static str] = &[
                    "Disk.read",
                    "Disk.put",
                    "HelloWorld",
                ];
                const method_READ: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Disk.read",
                    &["block"],
                    [
                        ::domainsockets::__private::TypeOf::<(u64,)>::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<crate::Result<Block>>::VALUE,
                    ],
                );
                const method_PUT: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                        "Disk.put",
                        &["block"],
                        [
                            ::domainsockets::__private::TypeOf::<(u64,)>::ARGUMENTS,
                            ::domainsockets::__private::TypeOf::<()>::VALUE,
                        ],
                    )
                    .also(&["Disk.write", "Write"]);
                const method_HELLO: ::domainsockets::__private::Method = ::domainsockets::__private::Method::raw(
                    "HelloWorld",
                );
                /// Returns the signatures of the methods of [`Disk`], in their order: what each method takes and returns, down to the fields of its types.
                #[must_use]
                pub fn signatures() -> ::std::vec::Vec<
                    ::domainsockets::signature::Signature,
                > {
                    ::domainsockets::__private::list(
                        &[Self::method_READ, Self::method_PUT],
                    )
                }
            }
            impl DiskBlockingClient<::domainsockets::blocking::Client> {
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
                impl DiskBlockingClient < ::domainsockets::blocking::Local > { #[doc =
                " Makes a stub that calls this implementation of [`Disk`] in the same process, without a socket."]
                #[doc = r""] #[doc = r" # Errors"] #[doc = r""] #[doc =
                r" If a user or group that a method allows does not exist."] pub fn
                local(service : impl Disk,) -> ::core::result::Result < Self,
                ::domainsockets::ServeError > {
                ::core::result::Result::Ok(Self::new(::domainsockets::blocking::Local::new(DiskServer::
                < _, > ::new(service)) ?)) } }
            }
            impl<C: ::domainsockets::blocking::Carrier> DiskBlockingClient<C> {
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
                ) -> DiskBlockingClient<::domainsockets::With<C>>
                where
                    C: ::core::clone::Clone,
                {
                    DiskBlockingClient::new(
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
                /// Calls [`Disk::read`].
                pub fn read(
                    &self,
                    block: u64,
                ) -> <crate::Result<
                    Block,
                > as ::domainsockets::__private::Fallible>::Called {
                    ::domainsockets::__private::BlockingStubCalls::<
                        ::domainsockets::codec::Bincode,
                        crate::Result<Block>,
                    >::call_fallible(
                        &self.carrier,
                        &DiskBlockingClient::method_READ,
                        ::domainsockets::__private::ArgumentTuple::<
                            ::domainsockets::codec::Bincode,
                            _,
                        >::new(&(block,))
                            .write(&DiskBlockingClient::method_READ, &["block"]),
                    )
                }
                /// Calls [`Disk::put`].
                pub fn put(
                    &self,
                    block: u64,
                ) -> ::core::result::Result<(), ::domainsockets::Error> {
                    ::domainsockets::__private::BlockingStubCalls::<
                        ::domainsockets::codec::Bincode,
                        (),
                    >::call(
                        &self.carrier,
                        &DiskBlockingClient::method_PUT,
                        ::domainsockets::__private::ArgumentTuple::<
                            ::domainsockets::codec::Bincode,
                            _,
                        >::new(&(block,))
                            .write(&DiskBlockingClient::method_PUT, &["block"]),
                    )
                }
                /// Calls [`Disk::hello`].
                pub fn hello(
                    &self,
                    data: &[u8],
                ) -> ::core::result::Result<Bytes, ::domainsockets::Error> {
                    ::domainsockets::__private::BlockingStubCalls::<
                        (),
                        Bytes,
                    >::call_raw(
                        &self.carrier,
                        &DiskBlockingClient::method_HELLO,
                        ::domainsockets::__private::Bytes::copy_from_slice(data),
                    )
                }
            }
            #[automatically_derived]
            impl<C> ::core::clone::Clone for DiskBlockingClient<C>
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
            impl<C> ::core::fmt::Debug for DiskBlockingClient<C>
            where
                C: ::core::fmt::Debug,
            {
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(DiskBlockingClient))
                        .field("carrier", &self.carrier)
                        .finish()
                }
            }
        };
    }
}
