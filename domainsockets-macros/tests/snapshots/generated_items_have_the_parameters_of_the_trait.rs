pub trait Store<
    K: Serialize + DeserializeOwned + ::core::marker::Send + ::core::marker::Sync
        + 'static,
    V: ::core::marker::Send + ::core::marker::Sync + 'static,
    const N: usize,
>: ::core::marker::Send + ::core::marker::Sync + 'static
where
    V: Serialize + DeserializeOwned,
{
    fn get(
        &self,
        key: &K,
    ) -> impl ::core::future::Future<Output = Option<V>> + ::core::marker::Send;
    fn page(&self) -> Page<N>;
}
const _: () = {
    struct Mention<T, K, V, const N: usize>(
        ::core::marker::PhantomData<fn() -> (T, K, V)>,
    );
    struct Used;
    impl<
        T: Store<K, V, N>,
        K: Serialize + DeserializeOwned + ::core::marker::Send + ::core::marker::Sync
            + 'static,
        V: ::core::marker::Send + ::core::marker::Sync + 'static,
        const N: usize,
    > ::core::convert::From<Mention<T, K, V, N>> for Used
    where
        V: Serialize + DeserializeOwned,
    {
        fn from(_: Mention<T, K, V, N>) -> Self {
            let _ = <T as Store<K, V, N>>::get;
            let _ = <T as Store<K, V, N>>::page;
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
    struct Types<K, V, const N: usize> {
        types: ::core::marker::PhantomData<fn() -> (K, V)>,
    }
    impl<
        K: Serialize + DeserializeOwned + ::core::marker::Send + ::core::marker::Sync
            + 'static,
        V: ::core::marker::Send + ::core::marker::Sync + 'static,
        const N: usize,
    > Types<K, V, N>
    where
        V: Serialize + DeserializeOwned,
    {
        fn types() {
            argument::<K>();
            reply::<Option<V>>();
            reply::<Page<N>>();
        }
    }
};
mod with_default_codec {
    mod with_tokio {
        /// The server adapter of [`Store`], a service for `Server::add_service`.
        pub struct StoreServer<T, K, V, const N: usize> {
            service: ::std::sync::Arc<T>,
            types: ::core::marker::PhantomData<fn() -> (K, V)>,
        }
        const _: () = {
            fn argument_0() {}
            fn formatter() {}
            fn kept() {}
            fn methods() {}
            fn request() {}
            fn service() {}
            ::domainsockets::__private::import_fallbacks! {}
            impl<
                T: Store<K, V, N>,
                K: Serialize + DeserializeOwned + ::core::marker::Send
                    + ::core::marker::Sync + 'static,
                V: ::core::marker::Send + ::core::marker::Sync + 'static,
                const N: usize,
            > StoreServer<T, K, V, N>
            where
                V: Serialize + DeserializeOwned,
            {
                /// Serves this implementation of [`Store`].
                #[must_use]
                pub fn new(service: T) -> Self {
                    Self::from_arc(::std::sync::Arc::new(service))
                }
                /// Serves an implementation of [`Store`] shared through an `Arc`.
                #[must_use]
                pub fn from_arc(service: ::std::sync::Arc<T>) -> Self {
                    Self {
                        service,
                        types: ::core::marker::PhantomData,
                    }
                }
            }
            #[automatically_derived]
            impl<
                T: Store<K, V, N>,
                K: Serialize + DeserializeOwned + ::core::marker::Send
                    + ::core::marker::Sync + 'static,
                V: ::core::marker::Send + ::core::marker::Sync + 'static,
                const N: usize,
            > ::domainsockets::Service for StoreServer<T, K, V, N>
            where
                V: Serialize + DeserializeOwned,
            {
                fn register(
                    self,
                    methods: &mut ::domainsockets::__private::Methods,
                ) -> ::core::result::Result<(), ::domainsockets::ServeError> {
                    methods
                        .add_method(
                            &StoreClient::<K, V, N>::method_GET,
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
                                            (K,),
                                        >::decode(&request, &kept, &["key"])?;
                                        ::domainsockets::__private::Results::<
                                            ::domainsockets::codec::Bincode,
                                            _,
                                        >::new(
                                                &<T as Store<K, V, N>>::get(&service, &argument_0).await,
                                            )
                                            .encode(&StoreClient::<K, V, N>::method_GET)
                                    }
                                }
                            },
                        )?;
                    methods
                        .add_method(
                            &StoreClient::<K, V, N>::method_PAGE,
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
                                        >::new(&<T as Store<K, V, N>>::page(&service))
                                            .encode(&StoreClient::<K, V, N>::method_PAGE)
                                    }
                                }
                            },
                        )?;
                    ::core::result::Result::Ok(())
                }
            }
            #[automatically_derived]
            impl<T, K, V, const N: usize> ::core::clone::Clone
            for StoreServer<T, K, V, N> {
                fn clone(&self) -> Self {
                    Self {
                        service: ::core::clone::Clone::clone(&self.service),
                        types: ::core::marker::PhantomData,
                    }
                }
            }
            #[automatically_derived]
            impl<T, K, V, const N: usize> ::core::fmt::Debug
            for StoreServer<T, K, V, N> {
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(StoreServer))
                        .finish_non_exhaustive()
                }
            }
        };
        /// A stub that calls [`Store`] in another process.
        pub struct StoreClient<K, V, const N: usize, C = ::domainsockets::Client> {
            carrier: C,
            types: ::core::marker::PhantomData<fn() -> (K, V)>,
        }
        const _: () = {
            fn carrier() {}
            fn formatter() {}
            fn key() {}
            fn name() {}
            fn options() {}
            fn server() {}
            fn service() {}
            ::domainsockets::__private::import_fallbacks! {}
            impl<
                K: Serialize + DeserializeOwned + ::core::marker::Send
                    + ::core::marker::Sync + 'static,
                V: ::core::marker::Send + ::core::marker::Sync + 'static,
                const N: usize,
            > StoreClient<K, V, N, ::domainsockets::Client>
            where
                V: Serialize + DeserializeOwned,
            {
                /// The handler name of [`Store::get`].
                pub const GET: &'static str = "Store.get";
                /// The handler name of [`Store::page`].
                pub const PAGE: &'static str = "Store.page";
                /// The handler names of [`Store`], in the order of its methods.
                pub const HANDLERS: &'static [&'static str] = &[
                    "Store.get",
                    "Store.page",
                ];
                const method_GET: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Store.get",
                    &["key"],
                    [
                        ::domainsockets::__private::TypeOf::<(K,)>::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<Option<V>>::VALUE,
                    ],
                );
                const method_PAGE: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Store.page",
                    &[],
                    [
                        ::domainsockets::__private::TypeOf::<()>::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<Page<N>>::VALUE,
                    ],
                );
                /// Returns the signatures of the methods of [`Store`], in their order: what each method takes and returns, down to the fields of its types.
                #[must_use]
                pub fn signatures() -> ::std::vec::Vec<
                    ::domainsockets::signature::Signature,
                > {
                    ::domainsockets::__private::list(
                        &[Self::method_GET, Self::method_PAGE],
                    )
                }
            }
            impl<
                K: Serialize + DeserializeOwned + ::core::marker::Send
                    + ::core::marker::Sync + 'static,
                V: ::core::marker::Send + ::core::marker::Sync + 'static,
                const N: usize,
            > StoreClient<K, V, N, ::domainsockets::Client>
            where
                V: Serialize + DeserializeOwned,
            {
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
            impl<
                K: Serialize + DeserializeOwned + ::core::marker::Send
                    + ::core::marker::Sync + 'static,
                V: ::core::marker::Send + ::core::marker::Sync + 'static,
                const N: usize,
            > StoreClient<K, V, N, ::domainsockets::Local>
            where
                V: Serialize + DeserializeOwned,
            {
                /// Makes a stub that calls this implementation of [`Store`] in the same process, without a socket.
                ///
                /// # Errors
                ///
                /// If a user or group that a method allows does not exist.
                pub fn local(
                    service: impl Store<K, V, N>,
                ) -> ::core::result::Result<Self, ::domainsockets::ServeError> {
                    ::core::result::Result::Ok(
                        Self::new(
                            ::domainsockets::Local::new(
                                StoreServer::<_, K, V, N>::new(service),
                            )?,
                        ),
                    )
                }
            }
            impl<
                K: Serialize + DeserializeOwned + ::core::marker::Send
                    + ::core::marker::Sync + 'static,
                V: ::core::marker::Send + ::core::marker::Sync + 'static,
                const N: usize,
                C: ::domainsockets::Carrier + 'static,
            > StoreClient<K, V, N, C>
            where
                V: Serialize + DeserializeOwned,
            {
                /// Returns this stub with its carrier in a box: stubs over different carriers then have one type.
                #[must_use]
                pub fn boxed(self) -> StoreClient<K, V, N, ::domainsockets::BoxCarrier> {
                    StoreClient::new(::domainsockets::BoxCarrier::new(self.carrier))
                }
            }
            impl<
                K: Serialize + DeserializeOwned + ::core::marker::Send
                    + ::core::marker::Sync + 'static,
                V: ::core::marker::Send + ::core::marker::Sync + 'static,
                const N: usize,
                C: ::domainsockets::Carrier,
            > StoreClient<K, V, N, C>
            where
                V: Serialize + DeserializeOwned,
            {
                /// Makes a stub over this carrier.
                #[must_use]
                pub fn new(carrier: C) -> Self {
                    Self {
                        carrier,
                        types: ::core::marker::PhantomData,
                    }
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
                ) -> StoreClient<K, V, N, ::domainsockets::With<C>>
                where
                    C: ::core::clone::Clone,
                {
                    StoreClient::new(
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
                /// Calls [`Store::get`].
                pub async fn get(
                    &self,
                    key: &K,
                ) -> ::core::result::Result<Option<V>, ::domainsockets::Error> {
                    ::domainsockets::__private::StubCalls::<
                        ::domainsockets::codec::Bincode,
                        Option<V>,
                    >::call(
                            &self.carrier,
                            &StoreClient::<K, V, N>::method_GET,
                            ::domainsockets::__private::ArgumentTuple::<
                                ::domainsockets::codec::Bincode,
                                _,
                            >::new(&(key,))
                                .write(&StoreClient::<K, V, N>::method_GET, &["key"]),
                        )
                        .await
                }
                /// Calls [`Store::page`].
                pub async fn page(
                    &self,
                ) -> ::core::result::Result<Page<N>, ::domainsockets::Error> {
                    ::domainsockets::__private::StubCalls::<
                        ::domainsockets::codec::Bincode,
                        Page<N>,
                    >::call(
                            &self.carrier,
                            &StoreClient::<K, V, N>::method_PAGE,
                            ::domainsockets::__private::ArgumentTuple::<
                                ::domainsockets::codec::Bincode,
                                _,
                            >::new(&())
                                .write(&StoreClient::<K, V, N>::method_PAGE, &[]),
                        )
                        .await
                }
            }
            #[automatically_derived]
            impl<K, V, const N: usize, C> ::core::clone::Clone
            for StoreClient<K, V, N, C>
            where
                C: ::core::clone::Clone,
            {
                fn clone(&self) -> Self {
                    Self {
                        carrier: ::core::clone::Clone::clone(&self.carrier),
                        types: ::core::marker::PhantomData,
                    }
                }
            }
            #[automatically_derived]
            impl<K, V, const N: usize, C> ::core::fmt::Debug for StoreClient<K, V, N, C>
            where
                C: ::core::fmt::Debug,
            {
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(StoreClient))
                        .field("carrier", &self.carrier)
                        .finish()
                }
            }
        };
    }
    mod with_blocking {
        /// A stub that calls [`Store`] in another process, and blocks the thread until it has the reply.
        pub struct StoreBlockingClient<
            K,
            V,
            const N: usize,
            C = ::domainsockets::blocking::Client,
        > {
            carrier: C,
            types: ::core::marker::PhantomData<fn() -> (K, V)>,
        }
        const _: () = {
            fn carrier() {}
            fn formatter() {}
            fn key() {}
            fn name() {}
            fn options() {}
            fn server() {}
            fn service() {}
            ::domainsockets::__private::import_fallbacks! {}
            impl<
                K: Serialize + DeserializeOwned + ::core::marker::Send
                    + ::core::marker::Sync + 'static,
                V: ::core::marker::Send + ::core::marker::Sync + 'static,
                const N: usize,
            > StoreBlockingClient<K, V, N, ::domainsockets::blocking::Client>
            where
                V: Serialize + DeserializeOwned,
            {
                /// The handler name of [`Store::get`].
                pub const GET: &'static str = "Store.get";
                /// The handler name of [`Store::page`].
                pub const PAGE: &'static str = "Store.page";
                /// The handler names of [`Store`], in the order of its methods.
                pub const HANDLERS: &'static [&'static str] = &[
                    "Store.get",
                    "Store.page",
                ];
                const method_GET: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Store.get",
                    &["key"],
                    [
                        ::domainsockets::__private::TypeOf::<(K,)>::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<Option<V>>::VALUE,
                    ],
                );
                const method_PAGE: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Store.page",
                    &[],
                    [
                        ::domainsockets::__private::TypeOf::<()>::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<Page<N>>::VALUE,
                    ],
                );
                /// Returns the signatures of the methods of [`Store`], in their order: what each method takes and returns, down to the fields of its types.
                #[must_use]
                pub fn signatures() -> ::std::vec::Vec<
                    ::domainsockets::signature::Signature,
                > {
                    ::domainsockets::__private::list(
                        &[Self::method_GET, Self::method_PAGE],
                    )
                }
            }
            impl<
                K: Serialize + DeserializeOwned + ::core::marker::Send
                    + ::core::marker::Sync + 'static,
                V: ::core::marker::Send + ::core::marker::Sync + 'static,
                const N: usize,
            > StoreBlockingClient<K, V, N, ::domainsockets::blocking::Client>
            where
                V: Serialize + DeserializeOwned,
            {
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
                impl < K : Serialize + DeserializeOwned + ::core::marker::Send +
                ::core::marker::Sync + 'static, V : ::core::marker::Send +
                ::core::marker::Sync + 'static, const N : usize > StoreBlockingClient <
                K, V, N, ::domainsockets::blocking::Local > where V : Serialize +
                DeserializeOwned, { #[doc =
                " Makes a stub that calls this implementation of [`Store`] in the same process, without a socket."]
                #[doc = r""] #[doc = r" # Errors"] #[doc = r""] #[doc =
                r" If a user or group that a method allows does not exist."] pub fn
                local(service : impl Store < K, V, N >,) -> ::core::result::Result <
                Self, ::domainsockets::ServeError > {
                ::core::result::Result::Ok(Self::new(::domainsockets::blocking::Local::new(StoreServer::
                < _, K, V, N > ::new(service)) ?)) } }
            }
            impl<
                K: Serialize + DeserializeOwned + ::core::marker::Send
                    + ::core::marker::Sync + 'static,
                V: ::core::marker::Send + ::core::marker::Sync + 'static,
                const N: usize,
                C: ::domainsockets::blocking::Carrier,
            > StoreBlockingClient<K, V, N, C>
            where
                V: Serialize + DeserializeOwned,
            {
                /// Makes a stub over this carrier.
                #[must_use]
                pub fn new(carrier: C) -> Self {
                    Self {
                        carrier,
                        types: ::core::marker::PhantomData,
                    }
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
                ) -> StoreBlockingClient<K, V, N, ::domainsockets::With<C>>
                where
                    C: ::core::clone::Clone,
                {
                    StoreBlockingClient::new(
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
                /// Calls [`Store::get`].
                pub fn get(
                    &self,
                    key: &K,
                ) -> ::core::result::Result<Option<V>, ::domainsockets::Error> {
                    ::domainsockets::__private::BlockingStubCalls::<
                        ::domainsockets::codec::Bincode,
                        Option<V>,
                    >::call(
                        &self.carrier,
                        &StoreBlockingClient::<K, V, N>::method_GET,
                        ::domainsockets::__private::ArgumentTuple::<
                            ::domainsockets::codec::Bincode,
                            _,
                        >::new(&(key,))
                            .write(&StoreBlockingClient::<K, V, N>::method_GET, &["key"]),
                    )
                }
                /// Calls [`Store::page`].
                pub fn page(
                    &self,
                ) -> ::core::result::Result<Page<N>, ::domainsockets::Error> {
                    ::domainsockets::__private::BlockingStubCalls::<
                        ::domainsockets::codec::Bincode,
                        Page<N>,
                    >::call(
                        &self.carrier,
                        &StoreBlockingClient::<K, V, N>::method_PAGE,
                        ::domainsockets::__private::ArgumentTuple::<
                            ::domainsockets::codec::Bincode,
                            _,
                        >::new(&())
                            .write(&StoreBlockingClient::<K, V, N>::method_PAGE, &[]),
                    )
                }
            }
            #[automatically_derived]
            impl<K, V, const N: usize, C> ::core::clone::Clone
            for StoreBlockingClient<K, V, N, C>
            where
                C: ::core::clone::Clone,
            {
                fn clone(&self) -> Self {
                    Self {
                        carrier: ::core::clone::Clone::clone(&self.carrier),
                        types: ::core::marker::PhantomData,
                    }
                }
            }
            #[automatically_derived]
            impl<K, V, const N: usize, C> ::core::fmt::Debug
            for StoreBlockingClient<K, V, N, C>
            where
                C: ::core::fmt::Debug,
            {
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(StoreBlockingClient))
                        .field("carrier", &self.carrier)
                        .finish()
                }
            }
        };
    }
}
