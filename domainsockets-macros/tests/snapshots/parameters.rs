#[allow(dead_code, reason = "a program that only calls does not name the trait")]
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
/// Serves a [`Store`]: hand it to `Server::add_service`.
pub struct StoreServer<T, K, V, const N: usize> {
    service: ::std::sync::Arc<T>,
    types: ::core::marker::PhantomData<fn() -> (K, V)>,
}
impl<
    T: Store<K, V, N>,
    K: Serialize + DeserializeOwned + ::core::marker::Send + ::core::marker::Sync
        + 'static,
    V: ::core::marker::Send + ::core::marker::Sync + 'static,
    const N: usize,
> StoreServer<T, K, V, N>
where
    V: Serialize + DeserializeOwned,
{
    /// Serves this [`Store`].
    #[must_use]
    pub fn new(service: T) -> Self {
        Self::from_arc(::std::sync::Arc::new(service))
    }
    /// Serves a [`Store`] that the program uses elsewhere too.
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
    K: Serialize + DeserializeOwned + ::core::marker::Send + ::core::marker::Sync
        + 'static,
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
                            let (key,) = ::domainsockets::__private::decode::<
                                (K,),
                            >(&request)?;
                            ::domainsockets::__private::encode(
                                &StoreClient::<K, V, N>::method_GET,
                                &<T as Store<K, V, N>>::get(&service, &key).await,
                            )
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
                            ::domainsockets::__private::decode::<()>(&request)?;
                            ::domainsockets::__private::encode(
                                &StoreClient::<K, V, N>::method_PAGE,
                                &<T as Store<K, V, N>>::page(&service),
                            )
                        }
                    }
                },
            )?;
        ::core::result::Result::Ok(())
    }
}
#[automatically_derived]
impl<T, K, V, const N: usize> ::core::clone::Clone for StoreServer<T, K, V, N> {
    fn clone(&self) -> Self {
        Self {
            service: ::core::clone::Clone::clone(&self.service),
            types: ::core::marker::PhantomData,
        }
    }
}
#[automatically_derived]
impl<T, K, V, const N: usize> ::core::fmt::Debug for StoreServer<T, K, V, N> {
    fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        formatter.debug_struct(::core::stringify!(StoreServer)).finish_non_exhaustive()
    }
}
/// Calls a [`Store`] of another process.
pub struct StoreClient<K, V, const N: usize, C = ::domainsockets::Client> {
    carrier: C,
    types: ::core::marker::PhantomData<fn() -> (K, V)>,
}
#[allow(unused_imports)]
use ::domainsockets::__private::Unmade as _;
#[allow(non_upper_case_globals)]
impl<
    K: Serialize + DeserializeOwned + ::core::marker::Send + ::core::marker::Sync
        + 'static,
    V: ::core::marker::Send + ::core::marker::Sync + 'static,
    const N: usize,
> StoreClient<K, V, N>
where
    V: Serialize + DeserializeOwned,
{
    /// The handler name of [`Store::get`].
    pub const GET: &'static str = "Store.get";
    /// The handler name of [`Store::page`].
    pub const PAGE: &'static str = "Store.page";
    /// The handler names of [`Store`], in the order of its methods.
    pub const HANDLERS: &'static [&'static str] = &["Store.get", "Store.page"];
    const method_GET: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
        "Store.get",
        &["key"],
        [
            ::domainsockets::__private::Made::<(K,)>::BY,
            ::domainsockets::__private::Made::<Option<V>>::BY,
        ],
    );
    const method_PAGE: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
        "Store.page",
        &[],
        [
            ::domainsockets::__private::Made::<()>::BY,
            ::domainsockets::__private::Made::<Page<N>>::BY,
        ],
    );
    /// What the methods of [`Store`] take and return, in their order, down to the fields of their types.
    #[must_use]
    pub fn signatures() -> ::std::vec::Vec<::domainsockets::signature::Signature> {
        ::domainsockets::__private::list(&[Self::method_GET, Self::method_PAGE])
    }
}
impl<
    K: Serialize + DeserializeOwned + ::core::marker::Send + ::core::marker::Sync
        + 'static,
    V: ::core::marker::Send + ::core::marker::Sync + 'static,
    const N: usize,
> StoreClient<K, V, N>
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
        ::core::result::Result::Ok(Self::new(::domainsockets::Client::dial(name).await?))
    }
}
impl<
    K: Serialize + DeserializeOwned + ::core::marker::Send + ::core::marker::Sync
        + 'static,
    V: ::core::marker::Send + ::core::marker::Sync + 'static,
    const N: usize,
> StoreClient<K, V, N, ::domainsockets::Local>
where
    V: Serialize + DeserializeOwned,
{
    /// Calls this [`Store`] in the same process, without a socket.
    ///
    /// # Errors
    ///
    /// If somebody whom a method is to allow cannot be found.
    pub fn local(
        service: impl Store<K, V, N>,
    ) -> ::core::result::Result<Self, ::domainsockets::ServeError> {
        let server = StoreServer::<_, K, V, N>::new(service);
        ::core::result::Result::Ok(Self::new(::domainsockets::Local::new(server)?))
    }
}
impl<
    K: Serialize + DeserializeOwned + ::core::marker::Send + ::core::marker::Sync
        + 'static,
    V: ::core::marker::Send + ::core::marker::Sync + 'static,
    const N: usize,
    C: ::domainsockets::Carrier,
> StoreClient<K, V, N, C>
where
    V: Serialize + DeserializeOwned,
{
    /// Calls over this carrier.
    #[must_use]
    pub fn new(carrier: C) -> Self {
        Self {
            carrier,
            types: ::core::marker::PhantomData,
        }
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
    /// Gives the carrier back.
    #[must_use]
    pub fn into_inner(self) -> C {
        self.carrier
    }
    /// Calls [`Store::get`].
    pub async fn get(
        &self,
        key: &K,
    ) -> ::core::result::Result<Option<V>, ::domainsockets::Error> {
        ::domainsockets::__private::call(
                &self.carrier,
                &StoreClient::<K, V, N>::method_GET,
                ::domainsockets::__private::arguments(
                    &StoreClient::<K, V, N>::method_GET,
                    &(key,),
                ),
            )
            .await
    }
    /// Calls [`Store::page`].
    pub async fn page(&self) -> ::core::result::Result<Page<N>, ::domainsockets::Error> {
        ::domainsockets::__private::call(
                &self.carrier,
                &StoreClient::<K, V, N>::method_PAGE,
                ::domainsockets::__private::arguments(
                    &StoreClient::<K, V, N>::method_PAGE,
                    &(),
                ),
            )
            .await
    }
}
#[automatically_derived]
impl<K, V, const N: usize, C> ::core::clone::Clone for StoreClient<K, V, N, C>
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
    fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        formatter
            .debug_struct(::core::stringify!(StoreClient))
            .field("carrier", &self.carrier)
            .finish()
    }
}
