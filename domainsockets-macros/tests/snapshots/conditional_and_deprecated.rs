/// Measures the machine.
#[cfg(target_os = "linux")]
#[allow(dead_code, reason = "a program that only calls does not name the trait")]
trait Sensors: ::core::marker::Send + ::core::marker::Sync + 'static {
    /// Returns the load.
    #[deprecated = "use `loads`"]
    fn load(&self) -> impl ::core::future::Future<Output = f64> + ::core::marker::Send;
    #[cfg(feature = "loads")]
    #[must_use]
    fn loads(
        &self,
    ) -> impl ::core::future::Future<Output = [f64; 3]> + ::core::marker::Send;
}
/// Serves a [`Sensors`]: hand it to `Server::add_service`.
#[cfg(target_os = "linux")]
struct SensorsServer<T> {
    service: ::std::sync::Arc<T>,
}
#[cfg(target_os = "linux")]
impl<T: Sensors> SensorsServer<T> {
    /// Serves this [`Sensors`].
    #[must_use]
    fn new(service: T) -> Self {
        Self::from_arc(::std::sync::Arc::new(service))
    }
    /// Serves a [`Sensors`] that the program uses elsewhere too.
    #[must_use]
    fn from_arc(service: ::std::sync::Arc<T>) -> Self {
        Self { service }
    }
}
#[cfg(target_os = "linux")]
#[automatically_derived]
impl<T: Sensors> ::domainsockets::Service for SensorsServer<T> {
    fn register(
        self,
        methods: &mut ::domainsockets::__private::Methods,
    ) -> ::core::result::Result<(), ::domainsockets::ServeError> {
        #[allow(
            deprecated,
            reason = "what calls it is warned, not what makes it callable"
        )]
        methods
            .add_method(
                &SensorsClient::method_LOAD,
                {
                    let service = ::core::clone::Clone::clone(&self.service);
                    move |request: ::domainsockets::__private::Request| {
                        let service = ::core::clone::Clone::clone(&service);
                        async move {
                            ::domainsockets::__private::decode::<()>(&request)?;
                            ::domainsockets::__private::encode(
                                &SensorsClient::method_LOAD,
                                &<T as Sensors>::load(&service).await,
                            )
                        }
                    }
                },
            )?;
        #[cfg(feature = "loads")]
        methods
            .add_method(
                &SensorsClient::method_LOADS,
                {
                    let service = ::core::clone::Clone::clone(&self.service);
                    move |request: ::domainsockets::__private::Request| {
                        let service = ::core::clone::Clone::clone(&service);
                        async move {
                            ::domainsockets::__private::decode::<()>(&request)?;
                            ::domainsockets::__private::encode(
                                &SensorsClient::method_LOADS,
                                &<T as Sensors>::loads(&service).await,
                            )
                        }
                    }
                },
            )?;
        ::core::result::Result::Ok(())
    }
}
#[cfg(target_os = "linux")]
#[automatically_derived]
impl<T> ::core::clone::Clone for SensorsServer<T> {
    fn clone(&self) -> Self {
        Self {
            service: ::core::clone::Clone::clone(&self.service),
        }
    }
}
#[cfg(target_os = "linux")]
#[automatically_derived]
impl<T> ::core::fmt::Debug for SensorsServer<T> {
    fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        formatter.debug_struct(::core::stringify!(SensorsServer)).finish_non_exhaustive()
    }
}
/// Calls a [`Sensors`] of another process.
#[cfg(target_os = "linux")]
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
struct SensorsClient<C = ::domainsockets::Client> {
    carrier: C,
}
#[cfg(target_os = "linux")]
#[allow(unused_imports)]
use ::domainsockets::__private::Unmade as _;
#[cfg(target_os = "linux")]
#[allow(non_upper_case_globals)]
impl SensorsClient {
    /// The handler name of [`Sensors::load`].
    #[deprecated = "use `loads`"]
    const LOAD: &'static str = "Sensors.load";
    /// The handler name of [`Sensors::loads`].
    #[cfg(feature = "loads")]
    const LOADS: &'static str = "Sensors.loads";
    /// The handler names of [`Sensors`], in the order of its methods.
    const HANDLERS: &'static [&'static str] = &[
        "Sensors.load",
        #[cfg(feature = "loads")]
        "Sensors.loads",
    ];
    const method_LOAD: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
        "Sensors.load",
        &[],
        [
            ::domainsockets::__private::Made::<()>::BY,
            ::domainsockets::__private::Made::<f64>::BY,
        ],
    );
    #[cfg(feature = "loads")]
    const method_LOADS: ::domainsockets::__private::Method = ::domainsockets::__private::Method::new(
        "Sensors.loads",
        &[],
        [
            ::domainsockets::__private::Made::<()>::BY,
            ::domainsockets::__private::Made::<[f64; 3]>::BY,
        ],
    );
    /// What the methods of [`Sensors`] take and return, in their order, down to the fields of their types.
    #[must_use]
    fn signatures() -> ::std::vec::Vec<::domainsockets::signature::Signature> {
        ::domainsockets::__private::list(
            &[Self::method_LOAD, #[cfg(feature = "loads")] Self::method_LOADS],
        )
    }
}
#[cfg(target_os = "linux")]
impl SensorsClient {
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
    async fn dial(
        name: impl ::core::convert::AsRef<::std::path::Path>,
    ) -> ::core::result::Result<Self, ::domainsockets::Error> {
        ::core::result::Result::Ok(Self::new(::domainsockets::Client::dial(name).await?))
    }
}
#[cfg(target_os = "linux")]
impl SensorsClient<::domainsockets::Local> {
    /// Calls this [`Sensors`] in the same process, without a socket.
    ///
    /// # Errors
    ///
    /// If somebody whom a method is to allow cannot be found.
    fn local(
        service: impl Sensors,
    ) -> ::core::result::Result<Self, ::domainsockets::ServeError> {
        let server = SensorsServer::<_>::new(service);
        ::core::result::Result::Ok(Self::new(::domainsockets::Local::new(server)?))
    }
}
#[cfg(target_os = "linux")]
impl<C: ::domainsockets::Carrier> SensorsClient<C> {
    /// Calls over this carrier.
    #[must_use]
    fn new(carrier: C) -> Self {
        Self { carrier }
    }
    /// What carries the calls.
    #[must_use]
    fn carrier(&self) -> &C {
        &self.carrier
    }
    /// Calls over the same carrier, with these options. They go before those of the stub that
    /// this is called on.
    #[must_use]
    fn with(
        &self,
        options: ::domainsockets::CallOptions,
    ) -> SensorsClient<::domainsockets::With<C>>
    where
        C: ::core::clone::Clone,
    {
        SensorsClient::new(
            ::domainsockets::With::new(
                ::core::clone::Clone::clone(&self.carrier),
                options,
            ),
        )
    }
    /// Gives the carrier back.
    #[must_use]
    fn into_inner(self) -> C {
        self.carrier
    }
    /// Returns the load.
    #[deprecated = "use `loads`"]
    async fn load(&self) -> ::core::result::Result<f64, ::domainsockets::Error> {
        ::domainsockets::__private::call(
                &self.carrier,
                &SensorsClient::method_LOAD,
                ::domainsockets::__private::arguments(&SensorsClient::method_LOAD, &()),
            )
            .await
    }
    /// Calls [`Sensors::loads`].
    #[cfg(feature = "loads")]
    async fn loads(&self) -> ::core::result::Result<[f64; 3], ::domainsockets::Error> {
        ::domainsockets::__private::call(
                &self.carrier,
                &SensorsClient::method_LOADS,
                ::domainsockets::__private::arguments(&SensorsClient::method_LOADS, &()),
            )
            .await
    }
}
