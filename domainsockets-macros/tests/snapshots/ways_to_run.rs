#[allow(dead_code, reason = "a program that only calls does not name the trait")]
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
/// Serves a [`Disk`]: hand it to `Server::add_service`.
pub struct DiskServer<T> {
    service: ::std::sync::Arc<T>,
}
impl<T: Disk> DiskServer<T> {
    /// Serves this [`Disk`].
    #[must_use]
    pub fn new(service: T) -> Self {
        Self::from_arc(::std::sync::Arc::new(service))
    }
    /// Serves a [`Disk`] that the program uses elsewhere too.
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
                            let (block,) = ::domainsockets::__private::decode::<
                                (u64,),
                            >(&request)?;
                            ::domainsockets::__private::encode(
                                &DiskClient::method_READ,
                                &<T as Disk>::read(&service, block),
                            )
                        })
                    }
                },
            )?;
        methods.finish("Disk.read")?;
        methods
            .add_method(
                &DiskClient::method_PUT,
                {
                    let service = ::core::clone::Clone::clone(&self.service);
                    move |request: ::domainsockets::__private::Request| {
                        let service = ::core::clone::Clone::clone(&service);
                        async move {
                            let (block,) = ::domainsockets::__private::decode::<
                                (u64,),
                            >(&request)?;
                            ::domainsockets::__private::encode(
                                &DiskClient::method_PUT,
                                &<T as Disk>::put(&service, block).await,
                            )
                        }
                    }
                },
            )?;
        methods.restrict("Disk.put", ::domainsockets::Allow::nobody().root())?;
        methods.finish("Disk.put")?;
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
                            ::domainsockets::__private::raw_result(
                                <T as Disk>::hello(&service, request.data()).await,
                            )
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
    fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        formatter.debug_struct(::core::stringify!(DiskServer)).finish_non_exhaustive()
    }
}
/// Calls a [`Disk`] of another process.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct DiskClient<C = ::domainsockets::Client> {
    carrier: C,
}
#[allow(unused_imports)]
use ::domainsockets::__private::Unmade as _;
#[allow(non_upper_case_globals)]
impl DiskClient {
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
            ::domainsockets::__private::Made::<(u64,)>::BY,
            ::domainsockets::__private::Made::<crate::Result<Block>>::BY,
        ],
    );
    const method_PUT: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
            "Disk.put",
            &["block"],
            [
                ::domainsockets::__private::Made::<(u64,)>::BY,
                ::domainsockets::__private::Made::<()>::BY,
            ],
        )
        .also(&["Disk.write", "Write"]);
    const method_HELLO: ::domainsockets::__private::Method = ::domainsockets::__private::Method::raw(
        "HelloWorld",
    );
    /// What the methods of [`Disk`] take and return, in their order, down to the fields of their types.
    #[must_use]
    pub fn signatures() -> ::std::vec::Vec<::domainsockets::signature::Signature> {
        ::domainsockets::__private::list(&[Self::method_READ, Self::method_PUT])
    }
}
impl DiskClient {
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
impl DiskClient<::domainsockets::Local> {
    /// Calls this [`Disk`] in the same process, without a socket.
    ///
    /// # Errors
    ///
    /// If somebody whom a method is to allow cannot be found.
    pub fn local(
        service: impl Disk,
    ) -> ::core::result::Result<Self, ::domainsockets::ServeError> {
        let server = DiskServer::<_>::new(service);
        ::core::result::Result::Ok(Self::new(::domainsockets::Local::new(server)?))
    }
}
impl<C: ::domainsockets::Carrier> DiskClient<C> {
    /// Calls over this carrier.
    #[must_use]
    pub fn new(carrier: C) -> Self {
        Self { carrier }
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
    /// Gives the carrier back.
    #[must_use]
    pub fn into_inner(self) -> C {
        self.carrier
    }
    /// Calls [`Disk::read`].
    pub async fn read(
        &self,
        block: u64,
    ) -> <crate::Result<Block> as ::domainsockets::__private::Fallible>::Called {
        ::domainsockets::__private::call_fallible(
                &self.carrier,
                &DiskClient::method_READ,
                ::domainsockets::__private::arguments(
                    &DiskClient::method_READ,
                    &(block,),
                ),
            )
            .await
    }
    /// Calls [`Disk::put`].
    pub async fn put(
        &self,
        block: u64,
    ) -> ::core::result::Result<(), ::domainsockets::Error> {
        ::domainsockets::__private::call(
                &self.carrier,
                &DiskClient::method_PUT,
                ::domainsockets::__private::arguments(&DiskClient::method_PUT, &(block,)),
            )
            .await
    }
    /// Calls [`Disk::hello`].
    pub async fn hello(
        &self,
        data: &[u8],
    ) -> ::core::result::Result<Bytes, ::domainsockets::Error> {
        ::domainsockets::__private::call_raw(
                &self.carrier,
                &DiskClient::method_HELLO,
                ::domainsockets::__private::Bytes::copy_from_slice(data),
            )
            .await
    }
}
