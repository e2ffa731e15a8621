#[allow(dead_code, reason = "a program that only calls does not name the trait")]
pub trait Audit: ::core::marker::Send + ::core::marker::Sync + 'static {
    fn whoami(&self, ctx: Context) -> u32;
    fn log(
        &self,
        ctx: &ds::Context,
        line: &str,
    ) -> impl ::core::future::Future<Output = Result<(), Full>> + ::core::marker::Send;
}
/// Serves a [`Audit`]: hand it to `Server::add_service`.
pub struct AuditServer<T> {
    service: ::std::sync::Arc<T>,
}
impl<T: Audit> AuditServer<T> {
    /// Serves this [`Audit`].
    #[must_use]
    pub fn new(service: T) -> Self {
        Self::from_arc(::std::sync::Arc::new(service))
    }
    /// Serves a [`Audit`] that the program uses elsewhere too.
    #[must_use]
    pub fn from_arc(service: ::std::sync::Arc<T>) -> Self {
        Self { service }
    }
}
#[automatically_derived]
impl<T: Audit> ds::Service for AuditServer<T> {
    fn register(
        self,
        methods: &mut ds::__private::Methods,
    ) -> ::core::result::Result<(), ds::ServeError> {
        methods
            .add_method(
                &AuditClient::method_WHOAMI,
                {
                    let service = ::core::clone::Clone::clone(&self.service);
                    move |request: ds::__private::Request| {
                        let service = ::core::clone::Clone::clone(&service);
                        async move {
                            ds::__private::decode::<()>(&request)?;
                            ds::__private::encode(
                                &AuditClient::method_WHOAMI,
                                &<T as Audit>::whoami(
                                    &service,
                                    <ds::Context as ::core::clone::Clone>::clone(
                                        request.context(),
                                    ),
                                ),
                            )
                        }
                    }
                },
            )?;
        methods
            .add_method(
                &AuditClient::method_LOG,
                {
                    let service = ::core::clone::Clone::clone(&self.service);
                    move |request: ds::__private::Request| {
                        let service = ::core::clone::Clone::clone(&service);
                        async move {
                            let (line,) = ds::__private::decode::<(&str,)>(&request)?;
                            ds::__private::encode(
                                &AuditClient::method_LOG,
                                &<T as Audit>::log(&service, request.context(), line).await,
                            )
                        }
                    }
                },
            )?;
        ::core::result::Result::Ok(())
    }
}
#[automatically_derived]
impl<T> ::core::clone::Clone for AuditServer<T> {
    fn clone(&self) -> Self {
        Self {
            service: ::core::clone::Clone::clone(&self.service),
        }
    }
}
#[automatically_derived]
impl<T> ::core::fmt::Debug for AuditServer<T> {
    fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        formatter.debug_struct(::core::stringify!(AuditServer)).finish_non_exhaustive()
    }
}
/// Calls a [`Audit`] of another process.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct AuditClient<C = ds::Client> {
    carrier: C,
}
#[allow(unused_imports)]
use ds::__private::Unmade as _;
#[allow(non_upper_case_globals)]
impl AuditClient {
    /// The handler name of [`Audit::whoami`].
    pub const WHOAMI: &'static str = "Audit.whoami";
    /// The handler name of [`Audit::log`].
    pub const LOG: &'static str = "Audit.log";
    /// The handler names of [`Audit`], in the order of its methods.
    pub const HANDLERS: &'static [&'static str] = &["Audit.whoami", "Audit.log"];
    const method_WHOAMI: ds::__private::Method = ds::__private::Method::new(
        "Audit.whoami",
        &[],
        [ds::__private::Made::<()>::BY, ds::__private::Made::<u32>::BY],
    );
    const method_LOG: ds::__private::Method = ds::__private::Method::new(
        "Audit.log",
        &["line"],
        [
            ds::__private::Made::<(&str,)>::BY,
            ds::__private::Made::<::core::result::Result<(), Full>>::BY,
        ],
    );
    /// What the methods of [`Audit`] take and return, in their order, down to the fields of their types.
    #[must_use]
    pub fn signatures() -> ::std::vec::Vec<ds::signature::Signature> {
        ds::__private::list(&[Self::method_WHOAMI, Self::method_LOG])
    }
}
impl AuditClient {
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
    ) -> ::core::result::Result<Self, ds::Error> {
        ::core::result::Result::Ok(Self::new(ds::Client::dial(name).await?))
    }
}
impl AuditClient<ds::Local> {
    /// Calls this [`Audit`] in the same process, without a socket.
    ///
    /// # Errors
    ///
    /// If somebody whom a method is to allow cannot be found.
    pub fn local(service: impl Audit) -> ::core::result::Result<Self, ds::ServeError> {
        let server = AuditServer::<_>::new(service);
        ::core::result::Result::Ok(Self::new(ds::Local::new(server)?))
    }
}
impl<C: ds::Carrier> AuditClient<C> {
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
    pub fn with(&self, options: ds::CallOptions) -> AuditClient<ds::With<C>>
    where
        C: ::core::clone::Clone,
    {
        AuditClient::new(
            ds::With::new(::core::clone::Clone::clone(&self.carrier), options),
        )
    }
    /// Gives the carrier back.
    #[must_use]
    pub fn into_inner(self) -> C {
        self.carrier
    }
    /// Calls [`Audit::whoami`].
    pub async fn whoami(&self) -> ::core::result::Result<u32, ds::Error> {
        ds::__private::call(
                &self.carrier,
                &AuditClient::method_WHOAMI,
                ds::__private::arguments(&AuditClient::method_WHOAMI, &()),
            )
            .await
    }
    /// Calls [`Audit::log`].
    pub async fn log(
        &self,
        line: &str,
    ) -> ::core::result::Result<(), ds::CallError<Full>> {
        ds::__private::call_fallible(
                &self.carrier,
                &AuditClient::method_LOG,
                ds::__private::arguments(&AuditClient::method_LOG, &(line,)),
            )
            .await
    }
}
