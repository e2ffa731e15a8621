//! A user's types can have the names of types that the attribute treats specially. Their paths
//! distinguish them, and the compiler does so for a `Path` by reference.

#![deny(warnings)]

use std::path;

mod own {
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Deserialize, Serialize)]
    pub struct Path {
        pub points: Vec<(f32, f32)>,
    }

    #[derive(Debug, Deserialize, Serialize)]
    pub struct Context(pub u8);

    #[derive(Debug, Deserialize, Serialize)]
    pub struct Bytes(pub u8);

    pub mod of_one {
        use serde::{Deserialize, Serialize};

        #[derive(Debug, Deserialize, Serialize)]
        pub struct Option<T>(pub T);

        #[derive(Debug, Deserialize, Serialize)]
        pub struct Vec<T>(pub T);

        #[derive(Debug, Deserialize, Serialize)]
        pub struct Context<T>(pub T);
    }
}

#[domainsockets::service]
pub trait Canvas {
    async fn stroke(&self, path: &own::Path, width: f32) -> u32;
    async fn within(&self, context: &own::Context, bytes: &own::Bytes) -> own::Bytes;
    async fn given(&self, context: own::Context, bytes: own::Bytes) -> own::Context;
    async fn typed(&self, context: own::of_one::Context<u8>) -> own::of_one::Context<u8>;
    async fn called(&self, ctx: &domainsockets::Context, context: &own::Context);
    async fn listed(&self, paths: &[own::Path], bytes: own::of_one::Vec<u8>) -> own::of_one::Vec<u8>;
    async fn optional(&self) -> own::of_one::Option<Vec<u8>>;
    async fn of_std(&self, path: &std::path::Path, other: &path::Path) -> Option<Vec<u8>>;
}

mod by_its_name {
    use super::own::Path;

    #[domainsockets::service]
    pub trait Canvas {
        async fn stroke(&self, path: &Path, width: f32) -> u32;
    }

    #[domainsockets::service(codec = domainsockets::codec::Json)]
    pub trait Coded<T: serde::Serialize + serde::de::DeserializeOwned> {
        async fn stroke(&self, path: &Path, width: T) -> u32;
    }
}

mod of_std {
    use std::path::Path;

    #[domainsockets::service]
    pub trait Files {
        async fn get(&self, path: &Path, base: Option<&Path>, all: &[&Path]) -> u32;
    }
}

fn main() {
    let signatures = by_its_name::CanvasClient::signatures();
    assert!(format!("{signatures:?}").contains("points"));
    let signatures = of_std::FilesClient::signatures();
    assert!(!format!("{signatures:?}").contains("points"));
}
