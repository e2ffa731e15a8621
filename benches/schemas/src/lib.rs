//! What the schema compilers of capnp-rpc, tonic and ttrpc generate of `idl/`, committed so that none
//! of these compilers is needed. `benches/README.md` says how it was generated.

pub mod echo_capnp;

/// For tonic.
pub mod tonic {
    include!("tonic/echo.rs");
}

/// For ttrpc.
pub mod ttrpc {
    pub mod echo;
    pub mod echo_ttrpc;
}
