#[allow(dead_code, reason = "a program that only calls does not name the trait")]
pub trait Ping: ::core::marker::Send + ::core::marker::Sync + 'static {
    fn ping(
        &self,
    ) -> impl ::core::future::Future<
        Output = Result<(), Refused>,
    > + ::core::marker::Send;
}
/// Serves a [`Ping`]: hand it to `Server::add_service`.
pub struct PingServer<T> {
    service: ::std::sync::Arc<T>,
}
impl<T: Ping> PingServer<T> {
    /// Serves this [`Ping`].
    #[must_use]
    pub fn new(service: T) -> Self {
        Self::from_arc(::std::sync::Arc::new(service))
    }
    /// Serves a [`Ping`] that the program uses elsewhere too.
    #[must_use]
    pub fn from_arc(service: ::std::sync::Arc<T>) -> Self {
        Self { service }
    }
}
#[automatically_derived]
impl<T: Ping> ::umbrella::rpc::Service for PingServer<T> {
    fn register(
        self,
        methods: &mut ::umbrella::rpc::__private::Methods,
    ) -> ::core::result::Result<(), ::umbrella::rpc::ServeError> {
        methods
            .add_method(
                &PingClient::method_PING,
                {
                    let service = ::core::clone::Clone::clone(&self.service);
                    move |request: ::umbrella::rpc::__private::Request| {
                        let service = ::core::clone::Clone::clone(&service);
                        async move {
                            ::umbrella::rpc::__private::decode::<()>(&request)?;
                            ::umbrella::rpc::__private::encode(
                                &PingClient::method_PING,
                                &<T as Ping>::ping(&service).await,
                            )
                        }
                    }
                },
            )?;
        ::core::result::Result::Ok(())
    }
}
#[automatically_derived]
impl<T> ::core::clone::Clone for PingServer<T> {
    fn clone(&self) -> Self {
        Self {
            service: ::core::clone::Clone::clone(&self.service),
        }
    }
}
#[automatically_derived]
impl<T> ::core::fmt::Debug for PingServer<T> {
    fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        formatter.debug_struct(::core::stringify!(PingServer)).finish_non_exhaustive()
    }
}
/// Calls a [`Ping`] of another process.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct PingClient<C = ::umbrella::rpc::Client> {
    carrier: C,
}
#[allow(unused_imports)]
use ::umbrella::rpc::__private::Unmade as _;
#[allow(non_upper_case_globals)]
impl PingClient {
    /// The handler name of [`Ping::ping`].
    pub const PING: &'static str = "Ping.ping";
    /// The handler names of [`Ping`], in the order of its methods.
    pub const HANDLERS: &'static [&'static str] = &["Ping.ping"];
    const method_PING: ::umbrella::rpc::__private::Method = ::umbrella::rpc::__private::Method::new(
        "Ping.ping",
        &[],
        [
            ::umbrella::rpc::__private::Made::<()>::BY,
            ::umbrella::rpc::__private::Made::<::core::result::Result<(), Refused>>::BY,
        ],
    );
    /// What the methods of [`Ping`] take and return, in their order, down to the fields of their types.
    #[must_use]
    pub fn signatures() -> ::std::vec::Vec<::umbrella::rpc::signature::Signature> {
        ::umbrella::rpc::__private::list(&[Self::method_PING])
    }
}
impl PingClient {
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
    ) -> ::core::result::Result<Self, ::umbrella::rpc::Error> {
        ::core::result::Result::Ok(Self::new(::umbrella::rpc::Client::dial(name).await?))
    }
}
impl PingClient<::umbrella::rpc::Local> {
    /// Calls this [`Ping`] in the same process, without a socket.
    ///
    /// # Errors
    ///
    /// If somebody whom a method is to allow cannot be found.
    pub fn local(
        service: impl Ping,
    ) -> ::core::result::Result<Self, ::umbrella::rpc::ServeError> {
        let server = PingServer::<_>::new(service);
        ::core::result::Result::Ok(Self::new(::umbrella::rpc::Local::new(server)?))
    }
}
impl<C: ::umbrella::rpc::Carrier> PingClient<C> {
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
        options: ::umbrella::rpc::CallOptions,
    ) -> PingClient<::umbrella::rpc::With<C>>
    where
        C: ::core::clone::Clone,
    {
        PingClient::new(
            ::umbrella::rpc::With::new(
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
    /// Calls [`Ping::ping`].
    pub async fn ping(
        &self,
    ) -> ::core::result::Result<(), ::umbrella::rpc::CallError<Refused>> {
        ::umbrella::rpc::__private::call_fallible(
                &self.carrier,
                &PingClient::method_PING,
                ::umbrella::rpc::__private::arguments(&PingClient::method_PING, &()),
            )
            .await
    }
}
