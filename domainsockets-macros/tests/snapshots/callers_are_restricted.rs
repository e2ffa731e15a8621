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
const _: () = {
    struct Mention<T>(::core::marker::PhantomData<fn() -> (T,)>);
    struct Used;
    impl<T: Backup> ::core::convert::From<Mention<T>> for Used {
        fn from(_: Mention<T>) -> Self {
            let _ = <T as Backup>::list;
            let _ = <T as Backup>::version;
            #[cfg(feature = "restore")]
            let _ = <T as Backup>::restore;
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
            reply::<Vec<String>>();
            reply::<u32>();
            #[cfg(feature = "restore")]
            {
                argument::<&str>();
            }
        }
    }
};
mod with_default_codec {
    mod with_tokio {
        /// The server adapter of [`Backup`], a service for `Server::add_service`.
        pub struct BackupServer<T> {
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
            impl<T: Backup> BackupServer<T> {
                /// Serves this implementation of [`Backup`].
                #[must_use]
                pub fn new(service: T) -> Self {
                    Self::from_arc(::std::sync::Arc::new(service))
                }
                /// Serves an implementation of [`Backup`] shared through an `Arc`.
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
                                        >::new(&<T as Backup>::list(&service).await)
                                            .encode(&BackupClient::method_LIST)
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
                                        >::new(&<T as Backup>::version(&service))
                                            .encode(&BackupClient::method_VERSION)
                                    }
                                }
                            },
                        )?;
                    methods
                        .restrict("Backup.version", ::domainsockets::Allow::anyone())?;
                    #[cfg(feature = "restore")]
                    methods
                        .add_method(
                            &BackupClient::method_RESTORE,
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
                                        >::decode(&request, &kept, &["name"])?;
                                        ::domainsockets::__private::Results::<
                                            ::domainsockets::codec::Bincode,
                                            _,
                                        >::new(&<T as Backup>::restore(&service, argument_0).await)
                                            .encode(&BackupClient::method_RESTORE)
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
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(BackupServer))
                        .finish_non_exhaustive()
                }
            }
        };
        /// A stub that calls [`Backup`] in another process.
        pub struct BackupClient<C = ::domainsockets::Client> {
            carrier: C,
        }
        const _: () = {
            fn carrier() {}
            fn formatter() {}
            fn name() {}
            fn options() {}
            fn server() {}
            fn service() {}
            ::domainsockets::__private::import_fallbacks! {}
            impl BackupClient<::domainsockets::Client> {
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
                        ::domainsockets::__private::TypeOf::<()>::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<Vec<String>>::VALUE,
                    ],
                );
                const method_VERSION: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Backup.version",
                    &[],
                    [
                        ::domainsockets::__private::TypeOf::<()>::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<u32>::VALUE,
                    ],
                );
                #[cfg(feature = "restore")]
                const method_RESTORE: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Restore",
                    &["name"],
                    [
                        ::domainsockets::__private::TypeOf::<(&str,)>::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<()>::VALUE,
                    ],
                );
                /// Returns the signatures of the methods of [`Backup`], in their order: what each method takes and returns, down to the fields of its types.
                #[must_use]
                pub fn signatures() -> ::std::vec::Vec<
                    ::domainsockets::signature::Signature,
                > {
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
            impl BackupClient<::domainsockets::Client> {
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
            impl BackupClient<::domainsockets::Local> {
                /// Makes a stub that calls this implementation of [`Backup`] in the same process, without a socket.
                ///
                /// # Errors
                ///
                /// If a user or group that a method allows does not exist.
                pub fn local(
                    service: impl Backup,
                ) -> ::core::result::Result<Self, ::domainsockets::ServeError> {
                    ::core::result::Result::Ok(
                        Self::new(
                            ::domainsockets::Local::new(BackupServer::<_>::new(service))?,
                        ),
                    )
                }
            }
            impl<C: ::domainsockets::Carrier + 'static> BackupClient<C> {
                /// Returns this stub with its carrier in a box: stubs over different carriers then have one type.
                #[must_use]
                pub fn boxed(self) -> BackupClient<::domainsockets::BoxCarrier> {
                    BackupClient::new(::domainsockets::BoxCarrier::new(self.carrier))
                }
            }
            impl<C: ::domainsockets::Carrier> BackupClient<C> {
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
                /// Returns the carrier, without the stub.
                #[must_use]
                pub fn into_inner(self) -> C {
                    self.carrier
                }
                /// Calls [`Backup::list`].
                pub async fn list(
                    &self,
                ) -> ::core::result::Result<Vec<String>, ::domainsockets::Error> {
                    ::domainsockets::__private::StubCalls::<
                        ::domainsockets::codec::Bincode,
                        Vec<String>,
                    >::call(
                            &self.carrier,
                            &BackupClient::method_LIST,
                            ::domainsockets::__private::ArgumentTuple::<
                                ::domainsockets::codec::Bincode,
                                _,
                            >::new(&())
                                .write(&BackupClient::method_LIST, &[]),
                        )
                        .await
                }
                /// Calls [`Backup::version`].
                pub async fn version(
                    &self,
                ) -> ::core::result::Result<u32, ::domainsockets::Error> {
                    ::domainsockets::__private::StubCalls::<
                        ::domainsockets::codec::Bincode,
                        u32,
                    >::call(
                            &self.carrier,
                            &BackupClient::method_VERSION,
                            ::domainsockets::__private::ArgumentTuple::<
                                ::domainsockets::codec::Bincode,
                                _,
                            >::new(&())
                                .write(&BackupClient::method_VERSION, &[]),
                        )
                        .await
                }
                /// Calls [`Backup::restore`].
                #[cfg(feature = "restore")]
                pub async fn restore(
                    &self,
                    name: &str,
                ) -> ::core::result::Result<(), ::domainsockets::Error> {
                    ::domainsockets::__private::StubCalls::<
                        ::domainsockets::codec::Bincode,
                        (),
                    >::call(
                            &self.carrier,
                            &BackupClient::method_RESTORE,
                            ::domainsockets::__private::ArgumentTuple::<
                                ::domainsockets::codec::Bincode,
                                _,
                            >::new(&(name,))
                                .write(&BackupClient::method_RESTORE, &["name"]),
                        )
                        .await
                }
            }
            #[automatically_derived]
            impl<C> ::core::clone::Clone for BackupClient<C>
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
            impl<C> ::core::fmt::Debug for BackupClient<C>
            where
                C: ::core::fmt::Debug,
            {
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(BackupClient))
                        .field("carrier", &self.carrier)
                        .finish()
                }
            }
        };
    }
    mod with_blocking {
        /// A stub that calls [`Backup`] in another process, and blocks the thread until it has the reply.
        pub struct BackupBlockingClient<C = ::domainsockets::blocking::Client> {
            carrier: C,
        }
        const _: () = {
            fn carrier() {}
            fn formatter() {}
            fn name() {}
            fn options() {}
            fn server() {}
            fn service() {}
            ::domainsockets::__private::import_fallbacks! {}
            impl BackupBlockingClient<::domainsockets::blocking::Client> {
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
                        ::domainsockets::__private::TypeOf::<()>::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<Vec<String>>::VALUE,
                    ],
                );
                const method_VERSION: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Backup.version",
                    &[],
                    [
                        ::domainsockets::__private::TypeOf::<()>::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<u32>::VALUE,
                    ],
                );
                #[cfg(feature = "restore")]
                const method_RESTORE: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Restore",
                    &["name"],
                    [
                        ::domainsockets::__private::TypeOf::<(&str,)>::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<()>::VALUE,
                    ],
                );
                /// Returns the signatures of the methods of [`Backup`], in their order: what each method takes and returns, down to the fields of its types.
                #[must_use]
                pub fn signatures() -> ::std::vec::Vec<
                    ::domainsockets::signature::Signature,
                > {
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
            impl BackupBlockingClient<::domainsockets::blocking::Client> {
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
                impl BackupBlockingClient < ::domainsockets::blocking::Local > { #[doc =
                " Makes a stub that calls this implementation of [`Backup`] in the same process, without a socket."]
                #[doc = r""] #[doc = r" # Errors"] #[doc = r""] #[doc =
                r" If a user or group that a method allows does not exist."] pub fn
                local(service : impl Backup,) -> ::core::result::Result < Self,
                ::domainsockets::ServeError > {
                ::core::result::Result::Ok(Self::new(::domainsockets::blocking::Local::new(BackupServer::
                < _, > ::new(service)) ?)) } }
            }
            impl<C: ::domainsockets::blocking::Carrier> BackupBlockingClient<C> {
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
                ) -> BackupBlockingClient<::domainsockets::With<C>>
                where
                    C: ::core::clone::Clone,
                {
                    BackupBlockingClient::new(
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
                /// Calls [`Backup::list`].
                pub fn list(
                    &self,
                ) -> ::core::result::Result<Vec<String>, ::domainsockets::Error> {
                    ::domainsockets::__private::BlockingStubCalls::<
                        ::domainsockets::codec::Bincode,
                        Vec<String>,
                    >::call(
                        &self.carrier,
                        &BackupBlockingClient::method_LIST,
                        ::domainsockets::__private::ArgumentTuple::<
                            ::domainsockets::codec::Bincode,
                            _,
                        >::new(&())
                            .write(&BackupBlockingClient::method_LIST, &[]),
                    )
                }
                /// Calls [`Backup::version`].
                pub fn version(
                    &self,
                ) -> ::core::result::Result<u32, ::domainsockets::Error> {
                    ::domainsockets::__private::BlockingStubCalls::<
                        ::domainsockets::codec::Bincode,
                        u32,
                    >::call(
                        &self.carrier,
                        &BackupBlockingClient::method_VERSION,
                        ::domainsockets::__private::ArgumentTuple::<
                            ::domainsockets::codec::Bincode,
                            _,
                        >::new(&())
                            .write(&BackupBlockingClient::method_VERSION, &[]),
                    )
                }
                /// Calls [`Backup::restore`].
                #[cfg(feature = "restore")]
                pub fn restore(
                    &self,
                    name: &str,
                ) -> ::core::result::Result<(), ::domainsockets::Error> {
                    ::domainsockets::__private::BlockingStubCalls::<
                        ::domainsockets::codec::Bincode,
                        (),
                    >::call(
                        &self.carrier,
                        &BackupBlockingClient::method_RESTORE,
                        ::domainsockets::__private::ArgumentTuple::<
                            ::domainsockets::codec::Bincode,
                            _,
                        >::new(&(name,))
                            .write(&BackupBlockingClient::method_RESTORE, &["name"]),
                    )
                }
            }
            #[automatically_derived]
            impl<C> ::core::clone::Clone for BackupBlockingClient<C>
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
            impl<C> ::core::fmt::Debug for BackupBlockingClient<C>
            where
                C: ::core::fmt::Debug,
            {
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(BackupBlockingClient))
                        .field("carrier", &self.carrier)
                        .finish()
                }
            }
        };
    }
}
