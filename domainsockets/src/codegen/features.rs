//! Generated code that exists with a feature of the library only.
//!
//! The attribute cannot ask which features the library has: cargo builds a procedural macro once for a whole
//! build, with the features of all who use it, and the library once for each set of features. So the
//! attribute always generates everything, and these macros keep or drop it.

/// Keeps the server and the asynchronous stub with the feature `tokio`.
#[cfg(feature = "tokio")]
#[doc(hidden)]
#[macro_export]
macro_rules! __domainsockets_with_tokio {
    ($($token:tt)*) => { $($token)* };
}

/// Keeps the server and the asynchronous stub with the feature `tokio`.
#[cfg(not(feature = "tokio"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __domainsockets_with_tokio {
    ($($token:tt)*) => {};
}

/// Keeps the blocking stub with the feature `blocking`.
#[cfg(feature = "blocking")]
#[doc(hidden)]
#[macro_export]
macro_rules! __domainsockets_with_blocking {
    ($($token:tt)*) => { $($token)* };
}

/// Keeps the blocking stub with the feature `blocking`.
#[cfg(not(feature = "blocking"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __domainsockets_with_blocking {
    ($($token:tt)*) => {};
}

/// Keeps what needs the default codec with the feature `bincode`.
#[cfg(feature = "bincode")]
#[doc(hidden)]
#[macro_export]
macro_rules! __domainsockets_with_default_codec {
    ($($token:tt)*) => { $($token)* };
}

/// Keeps what needs the default codec with the feature `bincode`.
#[cfg(not(feature = "bincode"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __domainsockets_with_default_codec {
    ($($token:tt)*) => {
        ::core::compile_error! {
            "this service names no codec, and the default one needs the feature `bincode` of the crate \
             `domainsockets`: turn that on, or name a codec, as in \
             `#[service(codec = domainsockets::codec::Json)]`"
        }
    };
}

/// Imports the fallbacks for types that lack something.
///
/// The import is the library's, so the compiler does not report it to the user if no fallback is used.
#[doc(hidden)]
#[macro_export]
macro_rules! __domainsockets_import_fallbacks {
    () => {
        use $crate::__private::ArgumentTupleFallback as _;
        use $crate::__private::CodecFallback as _;
        use $crate::__private::RawArgumentFallback as _;
        use $crate::__private::StubCallsFallback as _;
        use $crate::__private::TypeOfFallback as _;
        use $crate::__private::UnknownType as _;
        $crate::__private::with_tokio! {
            use $crate::__private::RawRequestFallback as _;
            use $crate::__private::RawResultFallback as _;
            use $crate::__private::RequestsFallback as _;
            use $crate::__private::ResultsFallback as _;
            use $crate::__private::TakenContextFallback as _;
        }
        $crate::__private::with_blocking! {
            use $crate::__private::BlockingStubCallsFallback as _;
        }
    };
}
