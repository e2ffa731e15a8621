#[allow(dead_code, reason = "a program that only calls does not name the trait")]
pub trait Backup: ::core::marker::Send + ::core::marker::Sync + 'static {
    fn list(
        &self,
    ) -> impl ::core::future::Future<Output = Vec<String>> + ::core::marker::Send;
    fn version(&self) -> u32;
    #[cfg(feature = "restore")]
    fn restore(
        &self,
        name: &str,
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send;
}
/// Serves a [`Backup`]: hand it to `Server::add_service`.
pub struct BackupServer<T> {
    service: ::std::sync::Arc<T>,
}
impl<T: Backup> BackupServer<T> {
    /// Serves this [`Backup`].
    #[must_use]
    pub fn new(service: T) -> Self {
        Self::from_arc(::std::sync::Arc::new(service))
    }
    /// Serves a [`Backup`] that the program uses elsewhere too.
    #[must_use]
    pub fn from_arc(service: ::std::sync::Arc<T>) -> Self {
        Self { service }
    }
}
#[automatically_derived]
impl<T: Backup> ::domainsockets::Service for BackupServer<T> {
    fn register(
        self,
        methods: &mut ::domainsockets::__private::Methods,
    ) -> ::core::result::Result<(), ::domainsockets::ServeError> {
        methods
            .add_method(
                &BackupClient::method_LIST,
                {
                    let service = ::core::clone::Clone::clone(&self.service);
                    move |request: ::domainsockets::__private::Request| {
                        let service = ::core::clone::Clone::clone(&service);
                        async move {
                            ::domainsockets::__private::decode::<()>(&request)?;
                            ::domainsockets::__private::encode(
                                &BackupClient::method_LIST,
                                &<T as Backup>::list(&service).await,
                            )
                        }
                    }
                },
            )?;
        methods
            .restrict(
                "Backup.list",
                ::domainsockets::Allow::nobody().root().own_user(),
            )?;
        methods
            .add_method(
                &BackupClient::method_VERSION,
                {
                    let service = ::core::clone::Clone::clone(&self.service);
                    move |request: ::domainsockets::__private::Request| {
                        let service = ::core::clone::Clone::clone(&service);
                        async move {
                            ::domainsockets::__private::decode::<()>(&request)?;
                            ::domainsockets::__private::encode(
                                &BackupClient::method_VERSION,
                                &<T as Backup>::version(&service),
                            )
                        }
                    }
                },
            )?;
        methods.restrict("Backup.version", ::domainsockets::Allow::anyone())?;
        #[cfg(feature = "restore")]
        methods
            .add_method(
                &BackupClient::method_RESTORE,
                {
                    let service = ::core::clone::Clone::clone(&self.service);
                    move |request: ::domainsockets::__private::Request| {
                        let service = ::core::clone::Clone::clone(&service);
                        async move {
                            let (name,) = ::domainsockets::__private::decode::<
                                (&str,),
                            >(&request)?;
                            ::domainsockets::__private::encode(
                                &BackupClient::method_RESTORE,
                                &<T as Backup>::restore(&service, name).await,
                            )
                        }
                    }
                },
            )?;
        #[cfg(feature = "restore")]
        methods
            .restrict(
                "Restore",
                ::domainsockets::Allow::nobody()
                    .root()
                    .user("alice")?
                    .user("bob")?
                    .group("ops")?
                    .uid(1000)
                    .gid(100),
            )?;
        ::core::result::Result::Ok(())
    }
}
#[automatically_derived]
impl<T> ::core::clone::Clone for BackupServer<T> {
    fn clone(&self) -> Self {
        Self {
            service: ::core::clone::Clone::clone(&self.service),
        }
    }
}
#[automatically_derived]
impl<T> ::core::fmt::Debug for BackupServer<T> {
    fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        formatter.debug_struct(::core::stringify!(BackupServer)).finish_non_exhaustive()
    }
}
/// Calls a [`Backup`] of another process.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct BackupClient<C = ::domainsockets::Client> {
    carrier: C,
}
#[allow(unused_imports)]
use ::domainsockets::__private::Unmade as _;
#[allow(non_upper_case_globals)]
impl BackupClient {
    /// The handler name of [`Backup::list`].
    pub const LIST: &'static str = "Backup.list";
    /// The handler name of [`Backup::version`].
    pub const VERSION: &'static str = "Backup.version";
    /// The handler name of [`Backup::restore`].
    #[cfg(feature = "restore")]
    pub const RESTORE: &'static str = "Restore";
    /// The handler names of [`Backup`], in the order of its methods.
    pub const HANDLERS: &'static [&'static str] = &[
        "Backup.list",
        "Backup.version",
        #[cfg(feature = "restore")]
        "Restore",
    ];
    const method_LIST: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
        "Backup.list",
        &[],
        [
            ::domainsockets::__private::Made::<()>::BY,
            ::domainsockets::__private::Made::<Vec<String>>::BY,
        ],
    );
    const method_VERSION: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
        "Backup.version",
        &[],
        [
            ::domainsockets::__private::Made::<()>::BY,
            ::domainsockets::__private::Made::<u32>::BY,
        ],
    );
    #[cfg(feature = "restore")]
    const method_RESTORE: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
        "Restore",
        &["name"],
        [
            ::domainsockets::__private::Made::<(&str,)>::BY,
            ::domainsockets::__private::Made::<()>::BY,
        ],
    );
    /// What the methods of [`Backup`] take and return, in their order, down to the fields of their types.
    #[must_use]
    pub fn signatures() -> ::std::vec::Vec<::domainsockets::signature::Signature> {
        ::domainsockets::__private::list(
            &[
                Self::method_LIST,
                Self::method_VERSION,
                #[cfg(feature = "restore")]
                Self::method_RESTORE,
            ],
        )
    }
}
impl BackupClient {
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
impl BackupClient<::domainsockets::Local> {
    /// Calls this [`Backup`] in the same process, without a socket.
    ///
    /// # Errors
    ///
    /// If somebody whom a method is to allow cannot be found.
    pub fn local(
        service: impl Backup,
    ) -> ::core::result::Result<Self, ::domainsockets::ServeError> {
        let server = BackupServer::<_>::new(service);
        ::core::result::Result::Ok(Self::new(::domainsockets::Local::new(server)?))
    }
}
impl<C: ::domainsockets::Carrier> BackupClient<C> {
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
    ) -> BackupClient<::domainsockets::With<C>>
    where
        C: ::core::clone::Clone,
    {
        BackupClient::new(
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
    /// Calls [`Backup::list`].
    pub async fn list(
        &self,
    ) -> ::core::result::Result<Vec<String>, ::domainsockets::Error> {
        ::domainsockets::__private::call(
                &self.carrier,
                &BackupClient::method_LIST,
                ::domainsockets::__private::arguments(&BackupClient::method_LIST, &()),
            )
            .await
    }
    /// Calls [`Backup::version`].
    pub async fn version(&self) -> ::core::result::Result<u32, ::domainsockets::Error> {
        ::domainsockets::__private::call(
                &self.carrier,
                &BackupClient::method_VERSION,
                ::domainsockets::__private::arguments(&BackupClient::method_VERSION, &()),
            )
            .await
    }
    /// Calls [`Backup::restore`].
    #[cfg(feature = "restore")]
    pub async fn restore(
        &self,
        name: &str,
    ) -> ::core::result::Result<(), ::domainsockets::Error> {
        ::domainsockets::__private::call(
                &self.carrier,
                &BackupClient::method_RESTORE,
                ::domainsockets::__private::arguments(
                    &BackupClient::method_RESTORE,
                    &(name,),
                ),
            )
            .await
    }
}
