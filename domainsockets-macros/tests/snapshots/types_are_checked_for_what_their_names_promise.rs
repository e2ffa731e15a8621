pub trait Canvas: ::core::marker::Send + ::core::marker::Sync + 'static {
    fn draw(
        &self,
        path: &Path,
        base: Option<&Path>,
    ) -> impl ::core::future::Future<Output = own::Bytes> + ::core::marker::Send;
    fn erase(
        &self,
        first: &own::Context,
        path: &own::Path,
    ) -> impl ::core::future::Future<
        Output = Result<Vec<u8>, Odd>,
    > + ::core::marker::Send;
    #[cfg(unix)]
    fn undo(&self, context: &Context, how_many: u8) -> Odd;
    fn redo(&self, odd: &[Odd], how_many: u8) -> Odd;
}
const _: () = {
    struct Mention<T>(::core::marker::PhantomData<fn() -> (T,)>);
    struct Used;
    impl<T: Canvas> ::core::convert::From<Mention<T>> for Used {
        fn from(_: Mention<T>) -> Self {
            let _ = <T as Canvas>::draw;
            let _ = <T as Canvas>::erase;
            #[cfg(unix)]
            let _ = <T as Canvas>::undo;
            let _ = <T as Canvas>::redo;
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
            ::domainsockets::__private::std_path::<Path>();
            const _: () = {
                ::domainsockets::__private::import_fallbacks! {}
                ::core::assert!(
                    ! ::domainsockets::__private::KnownType:: < own::Bytes > ::IS_BYTES,
                    "this is the `Bytes` of the crate `bytes` by another path: write it as `Bytes` or `domainsockets::Bytes`"
                );
            };
            written::<Path>();
            let _ = <Path as ::domainsockets::__private::Referent<'_>>::lend;
            argument::<Option<&Path>>();
            reply::<own::Bytes>();
            const _: () = {
                ::domainsockets::__private::import_fallbacks! {}
                ::core::assert!(
                    ! ::domainsockets::__private::KnownType:: < own::Context >
                    ::IS_CONTEXT,
                    "this is the `Context` of a call by another path: write it as `Context` or `domainsockets::Context`, as the first argument"
                );
            };
            argument::<own::Context>();
            written::<own::Path>();
            let _ = <own::Path as ::domainsockets::__private::Referent<'_>>::lend;
            bytes::<Vec<u8>>();
            reply::<Odd>();
            #[cfg(unix)]
            {
                ::domainsockets::__private::context::<&Context>();
                argument::<u8>();
                reply::<Odd>();
            }
            argument::<Odd>();
            argument::<u8>();
        }
    }
};
mod with_default_codec {
    mod with_tokio {
        /// The server adapter of [`Canvas`], a service for `Server::add_service`.
        pub struct CanvasServer<T> {
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
            impl<T: Canvas> CanvasServer<T> {
                /// Serves this implementation of [`Canvas`].
                #[must_use]
                pub fn new(service: T) -> Self {
                    Self::from_arc(::std::sync::Arc::new(service))
                }
                /// Serves an implementation of [`Canvas`] shared through an `Arc`.
                #[must_use]
                pub fn from_arc(service: ::std::sync::Arc<T>) -> Self {
                    Self { service }
                }
            }
            #[automatically_derived]
            impl<T: Canvas> ::domainsockets::Service for CanvasServer<T> {
                fn register(
                    self,
                    methods: &mut ::domainsockets::__private::Methods,
                ) -> ::core::result::Result<(), ::domainsockets::ServeError> {
                    methods
                        .add_method(
                            &CanvasClient::method_DRAW,
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
                                            (
                                                <Path as ::domainsockets::__private::Referent<'_>>::Read,
                                                Option<&Path>,
                                            ),
                                        >::decode(&request, &kept, &["path", "base"])?;
                                        ::domainsockets::__private::Results::<
                                            ::domainsockets::codec::Bincode,
                                            _,
                                        >::new(
                                                &<T as Canvas>::draw(
                                                        &service,
                                                        <Path as ::domainsockets::__private::Referent<
                                                            '_,
                                                        >>::lend(&argument_0),
                                                        argument_1,
                                                    )
                                                    .await,
                                            )
                                            .encode(&CanvasClient::method_DRAW)
                                    }
                                }
                            },
                        )?;
                    methods
                        .add_method(
                            &CanvasClient::method_ERASE,
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
                                            (
                                                own::Context,
                                                <own::Path as ::domainsockets::__private::Referent<
                                                    '_,
                                                >>::Read,
                                            ),
                                        >::decode(&request, &kept, &["first", "path"])?;
                                        ::domainsockets::__private::Results::<
                                            ::domainsockets::codec::Bincode,
                                            _,
                                        >::new(
                                                <T as Canvas>::erase(
                                                        &service,
                                                        &argument_0,
                                                        <own::Path as ::domainsockets::__private::Referent<
                                                            '_,
                                                        >>::lend(&argument_1),
                                                    )
                                                    .await,
                                            )
                                            .encode_bytes(&CanvasClient::method_ERASE)
                                    }
                                }
                            },
                        )?;
                    #[cfg(unix)]
                    methods
                        .add_method(
                            &CanvasClient::method_UNDO,
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
                                            (u8,),
                                        >::decode(&request, &kept, &["howMany"])?;
                                        ::domainsockets::__private::Results::<
                                            ::domainsockets::codec::Bincode,
                                            _,
                                        >::new(
                                                &<T as Canvas>::undo(
                                                    &service,
                                                    ::domainsockets::__private::TakenContext::<
                                                        &Context,
                                                    >::of(&request),
                                                    argument_0,
                                                ),
                                            )
                                            .encode(&CanvasClient::method_UNDO)
                                    }
                                }
                            },
                        )?;
                    methods
                        .add_method(
                            &CanvasClient::method_REDO,
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
                                            (::std::vec::Vec<Odd>, u8),
                                        >::decode(&request, &kept, &["odd", "how_many"])?;
                                        ::domainsockets::__private::Results::<
                                            ::domainsockets::codec::Bincode,
                                            _,
                                        >::new(
                                                &<T as Canvas>::redo(&service, &argument_0, argument_1),
                                            )
                                            .encode(&CanvasClient::method_REDO)
                                    }
                                }
                            },
                        )?;
                    ::core::result::Result::Ok(())
                }
            }
            #[automatically_derived]
            impl<T> ::core::clone::Clone for CanvasServer<T> {
                fn clone(&self) -> Self {
                    Self {
                        service: ::core::clone::Clone::clone(&self.service),
                    }
                }
            }
            #[automatically_derived]
            impl<T> ::core::fmt::Debug for CanvasServer<T> {
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(CanvasServer))
                        .finish_non_exhaustive()
                }
            }
        };
        /// A stub that calls [`Canvas`] in another process.
        pub struct CanvasClient<C = ::domainsockets::Client> {
            carrier: C,
        }
        const _: () = {
            fn base() {}
            fn carrier() {}
            fn first() {}
            fn formatter() {}
            fn how_many() {}
            fn name() {}
            fn odd() {}
            fn options() {}
            fn path() {}
            fn server() {}
            fn service() {}
            ::domainsockets::__private::import_fallbacks! {}
            impl CanvasClient<::domainsockets::Client> {
                /// The handler name of [`Canvas::draw`].
                pub const DRAW: &'static str = "Canvas.draw";
                /// The handler name of [`Canvas::erase`].
                pub const ERASE: &'static str = "Canvas.erase";
                /// The handler name of [`Canvas::undo`].
                #[cfg(unix)]
                pub const UNDO: &'static str = "Canvas.undo";
                /// The handler name of [`Canvas::redo`].
                pub const REDO: &'static str = "Canvas.redo";
                /// The handler names of [`Canvas`], in the order of its methods.
                pub const HANDLERS: &'static [&'static str] = &[
                    "Canvas.draw",
                    "Canvas.erase",
                    #[cfg(unix)]
                    "Canvas.undo",
                    "Canvas.redo",
                ];
                const method_DRAW: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Canvas.draw",
                    &["path", "base"],
                    [
                        ::domainsockets::__private::TypeOf::<
                            (
                                <Path as ::domainsockets::__private::Referent<'_>>::Read,
                                Option<&Path>,
                            ),
                        >::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<own::Bytes>::VALUE,
                    ],
                );
                const method_ERASE: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Canvas.erase",
                    &["first", "path"],
                    [
                        ::domainsockets::__private::TypeOf::<
                            (
                                own::Context,
                                <own::Path as ::domainsockets::__private::Referent<
                                    '_,
                                >>::Read,
                            ),
                        >::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<
                            ::domainsockets::__private::AsBytes<
                                ::core::result::Result<Vec<u8>, Odd>,
                            >,
                        >::VALUE,
                    ],
                );
                #[cfg(unix)]
                const method_UNDO: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Canvas.undo",
                    &["howMany"],
                    [
                        ::domainsockets::__private::TypeOf::<(u8,)>::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<Odd>::VALUE,
                    ],
                );
                const method_REDO: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Canvas.redo",
                    &["odd", "how_many"],
                    [
                        ::domainsockets::__private::TypeOf::<
                            (::std::vec::Vec<Odd>, u8),
                        >::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<Odd>::VALUE,
                    ],
                );
                /// Returns the signatures of the methods of [`Canvas`], in their order: what each method takes and returns, down to the fields of its types.
                #[must_use]
                pub fn signatures() -> ::std::vec::Vec<
                    ::domainsockets::signature::Signature,
                > {
                    ::domainsockets::__private::list(
                        &[
                            Self::method_DRAW,
                            Self::method_ERASE,
                            #[cfg(unix)]
                            Self::method_UNDO,
                            Self::method_REDO,
                        ],
                    )
                }
            }
            impl CanvasClient<::domainsockets::Client> {
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
            impl CanvasClient<::domainsockets::Local> {
                /// Makes a stub that calls this implementation of [`Canvas`] in the same process, without a socket.
                ///
                /// # Errors
                ///
                /// If a user or group that a method allows does not exist.
                pub fn local(
                    service: impl Canvas,
                ) -> ::core::result::Result<Self, ::domainsockets::ServeError> {
                    ::core::result::Result::Ok(
                        Self::new(
                            ::domainsockets::Local::new(CanvasServer::<_>::new(service))?,
                        ),
                    )
                }
            }
            impl<C: ::domainsockets::Carrier + 'static> CanvasClient<C> {
                /// Returns this stub with its carrier in a box: stubs over different carriers then have one type.
                #[must_use]
                pub fn boxed(self) -> CanvasClient<::domainsockets::BoxCarrier> {
                    CanvasClient::new(::domainsockets::BoxCarrier::new(self.carrier))
                }
            }
            impl<C: ::domainsockets::Carrier> CanvasClient<C> {
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
                ) -> CanvasClient<::domainsockets::With<C>>
                where
                    C: ::core::clone::Clone,
                {
                    CanvasClient::new(
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
                /// Calls [`Canvas::draw`].
                pub async fn draw(
                    &self,
                    path: &Path,
                    base: Option<&Path>,
                ) -> ::core::result::Result<own::Bytes, ::domainsockets::Error> {
                    ::domainsockets::__private::StubCalls::<
                        ::domainsockets::codec::Bincode,
                        own::Bytes,
                    >::call(
                            &self.carrier,
                            &CanvasClient::method_DRAW,
                            ::domainsockets::__private::ArgumentTuple::<
                                ::domainsockets::codec::Bincode,
                                _,
                            >::new(&(path, base))
                                .write(&CanvasClient::method_DRAW, &["path", "base"]),
                        )
                        .await
                }
                /// Calls [`Canvas::erase`].
                pub async fn erase(
                    &self,
                    first: &own::Context,
                    path: &own::Path,
                ) -> ::core::result::Result<Vec<u8>, ::domainsockets::CallError<Odd>> {
                    ::domainsockets::__private::StubCalls::<
                        ::domainsockets::codec::Bincode,
                        ::core::result::Result<Vec<u8>, Odd>,
                    >::call_fallible_bytes(
                            &self.carrier,
                            &CanvasClient::method_ERASE,
                            ::domainsockets::__private::ArgumentTuple::<
                                ::domainsockets::codec::Bincode,
                                _,
                            >::new(&(first, path))
                                .write(&CanvasClient::method_ERASE, &["first", "path"]),
                        )
                        .await
                }
                /// Calls [`Canvas::undo`].
                #[cfg(unix)]
                pub async fn undo(
                    &self,
                    how_many: u8,
                ) -> ::core::result::Result<Odd, ::domainsockets::Error> {
                    ::domainsockets::__private::StubCalls::<
                        ::domainsockets::codec::Bincode,
                        Odd,
                    >::call(
                            &self.carrier,
                            &CanvasClient::method_UNDO,
                            ::domainsockets::__private::ArgumentTuple::<
                                ::domainsockets::codec::Bincode,
                                _,
                            >::new(&(how_many,))
                                .write(&CanvasClient::method_UNDO, &["howMany"]),
                        )
                        .await
                }
                /// Calls [`Canvas::redo`].
                pub async fn redo(
                    &self,
                    odd: &[Odd],
                    how_many: u8,
                ) -> ::core::result::Result<Odd, ::domainsockets::Error> {
                    ::domainsockets::__private::StubCalls::<
                        ::domainsockets::codec::Bincode,
                        Odd,
                    >::call(
                            &self.carrier,
                            &CanvasClient::method_REDO,
                            ::domainsockets::__private::ArgumentTuple::<
                                ::domainsockets::codec::Bincode,
                                _,
                            >::new(&(odd, how_many))
                                .write(&CanvasClient::method_REDO, &["odd", "how_many"]),
                        )
                        .await
                }
            }
            #[automatically_derived]
            impl<C> ::core::clone::Clone for CanvasClient<C>
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
            impl<C> ::core::fmt::Debug for CanvasClient<C>
            where
                C: ::core::fmt::Debug,
            {
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(CanvasClient))
                        .field("carrier", &self.carrier)
                        .finish()
                }
            }
        };
    }
    mod with_blocking {
        /// A stub that calls [`Canvas`] in another process, and blocks the thread until it has the reply.
        pub struct CanvasBlockingClient<C = ::domainsockets::blocking::Client> {
            carrier: C,
        }
        const _: () = {
            fn base() {}
            fn carrier() {}
            fn first() {}
            fn formatter() {}
            fn how_many() {}
            fn name() {}
            fn odd() {}
            fn options() {}
            fn path() {}
            fn server() {}
            fn service() {}
            ::domainsockets::__private::import_fallbacks! {}
            impl CanvasBlockingClient<::domainsockets::blocking::Client> {
                /// The handler name of [`Canvas::draw`].
                pub const DRAW: &'static str = "Canvas.draw";
                /// The handler name of [`Canvas::erase`].
                pub const ERASE: &'static str = "Canvas.erase";
                /// The handler name of [`Canvas::undo`].
                #[cfg(unix)]
                pub const UNDO: &'static str = "Canvas.undo";
                /// The handler name of [`Canvas::redo`].
                pub const REDO: &'static str = "Canvas.redo";
                /// The handler names of [`Canvas`], in the order of its methods.
                pub const HANDLERS: &'static [&'static str] = &[
                    "Canvas.draw",
                    "Canvas.erase",
                    #[cfg(unix)]
                    "Canvas.undo",
                    "Canvas.redo",
                ];
                const method_DRAW: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Canvas.draw",
                    &["path", "base"],
                    [
                        ::domainsockets::__private::TypeOf::<
                            (
                                <Path as ::domainsockets::__private::Referent<'_>>::Read,
                                Option<&Path>,
                            ),
                        >::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<own::Bytes>::VALUE,
                    ],
                );
                const method_ERASE: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Canvas.erase",
                    &["first", "path"],
                    [
                        ::domainsockets::__private::TypeOf::<
                            (
                                own::Context,
                                <own::Path as ::domainsockets::__private::Referent<
                                    '_,
                                >>::Read,
                            ),
                        >::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<
                            ::domainsockets::__private::AsBytes<
                                ::core::result::Result<Vec<u8>, Odd>,
                            >,
                        >::VALUE,
                    ],
                );
                #[cfg(unix)]
                const method_UNDO: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Canvas.undo",
                    &["howMany"],
                    [
                        ::domainsockets::__private::TypeOf::<(u8,)>::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<Odd>::VALUE,
                    ],
                );
                const method_REDO: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
                    "Canvas.redo",
                    &["odd", "how_many"],
                    [
                        ::domainsockets::__private::TypeOf::<
                            (::std::vec::Vec<Odd>, u8),
                        >::ARGUMENTS,
                        ::domainsockets::__private::TypeOf::<Odd>::VALUE,
                    ],
                );
                /// Returns the signatures of the methods of [`Canvas`], in their order: what each method takes and returns, down to the fields of its types.
                #[must_use]
                pub fn signatures() -> ::std::vec::Vec<
                    ::domainsockets::signature::Signature,
                > {
                    ::domainsockets::__private::list(
                        &[
                            Self::method_DRAW,
                            Self::method_ERASE,
                            #[cfg(unix)]
                            Self::method_UNDO,
                            Self::method_REDO,
                        ],
                    )
                }
            }
            impl CanvasBlockingClient<::domainsockets::blocking::Client> {
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
                impl CanvasBlockingClient < ::domainsockets::blocking::Local > { #[doc =
                " Makes a stub that calls this implementation of [`Canvas`] in the same process, without a socket."]
                #[doc = r""] #[doc = r" # Errors"] #[doc = r""] #[doc =
                r" If a user or group that a method allows does not exist."] pub fn
                local(service : impl Canvas,) -> ::core::result::Result < Self,
                ::domainsockets::ServeError > {
                ::core::result::Result::Ok(Self::new(::domainsockets::blocking::Local::new(CanvasServer::
                < _, > ::new(service)) ?)) } }
            }
            impl<C: ::domainsockets::blocking::Carrier> CanvasBlockingClient<C> {
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
                ) -> CanvasBlockingClient<::domainsockets::With<C>>
                where
                    C: ::core::clone::Clone,
                {
                    CanvasBlockingClient::new(
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
                /// Calls [`Canvas::draw`].
                pub fn draw(
                    &self,
                    path: &Path,
                    base: Option<&Path>,
                ) -> ::core::result::Result<own::Bytes, ::domainsockets::Error> {
                    ::domainsockets::__private::BlockingStubCalls::<
                        ::domainsockets::codec::Bincode,
                        own::Bytes,
                    >::call(
                        &self.carrier,
                        &CanvasBlockingClient::method_DRAW,
                        ::domainsockets::__private::ArgumentTuple::<
                            ::domainsockets::codec::Bincode,
                            _,
                        >::new(&(path, base))
                            .write(&CanvasBlockingClient::method_DRAW, &["path", "base"]),
                    )
                }
                /// Calls [`Canvas::erase`].
                pub fn erase(
                    &self,
                    first: &own::Context,
                    path: &own::Path,
                ) -> ::core::result::Result<Vec<u8>, ::domainsockets::CallError<Odd>> {
                    ::domainsockets::__private::BlockingStubCalls::<
                        ::domainsockets::codec::Bincode,
                        ::core::result::Result<Vec<u8>, Odd>,
                    >::call_fallible_bytes(
                        &self.carrier,
                        &CanvasBlockingClient::method_ERASE,
                        ::domainsockets::__private::ArgumentTuple::<
                            ::domainsockets::codec::Bincode,
                            _,
                        >::new(&(first, path))
                            .write(
                                &CanvasBlockingClient::method_ERASE,
                                &["first", "path"],
                            ),
                    )
                }
                /// Calls [`Canvas::undo`].
                #[cfg(unix)]
                pub fn undo(
                    &self,
                    how_many: u8,
                ) -> ::core::result::Result<Odd, ::domainsockets::Error> {
                    ::domainsockets::__private::BlockingStubCalls::<
                        ::domainsockets::codec::Bincode,
                        Odd,
                    >::call(
                        &self.carrier,
                        &CanvasBlockingClient::method_UNDO,
                        ::domainsockets::__private::ArgumentTuple::<
                            ::domainsockets::codec::Bincode,
                            _,
                        >::new(&(how_many,))
                            .write(&CanvasBlockingClient::method_UNDO, &["howMany"]),
                    )
                }
                /// Calls [`Canvas::redo`].
                pub fn redo(
                    &self,
                    odd: &[Odd],
                    how_many: u8,
                ) -> ::core::result::Result<Odd, ::domainsockets::Error> {
                    ::domainsockets::__private::BlockingStubCalls::<
                        ::domainsockets::codec::Bincode,
                        Odd,
                    >::call(
                        &self.carrier,
                        &CanvasBlockingClient::method_REDO,
                        ::domainsockets::__private::ArgumentTuple::<
                            ::domainsockets::codec::Bincode,
                            _,
                        >::new(&(odd, how_many))
                            .write(
                                &CanvasBlockingClient::method_REDO,
                                &["odd", "how_many"],
                            ),
                    )
                }
            }
            #[automatically_derived]
            impl<C> ::core::clone::Clone for CanvasBlockingClient<C>
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
            impl<C> ::core::fmt::Debug for CanvasBlockingClient<C>
            where
                C: ::core::fmt::Debug,
            {
                fn fmt(
                    &self,
                    formatter: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    formatter
                        .debug_struct(::core::stringify!(CanvasBlockingClient))
                        .field("carrier", &self.carrier)
                        .finish()
                }
            }
        };
    }
}
