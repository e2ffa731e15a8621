use domainsockets::service;

#[derive(serde::Serialize, serde::Deserialize)]
pub struct Path(u8);

mod canvas {
    #[derive(serde::Serialize, serde::Deserialize)]
    pub struct Path(u8);
}

#[service]
pub trait Canvas {
    async fn draw(&self, path: Option<&Path>);
    async fn erase(&self, path: Option<&canvas::Path>);
}

fn main() {}
