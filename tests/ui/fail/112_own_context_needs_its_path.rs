use domainsockets::service;

#[derive(serde::Serialize, serde::Deserialize)]
pub struct Context(u8);

#[service]
pub trait Canvas {
    async fn draw(&self, context: &Context, width: u8);
    fn clear(&self, context: Context);
    // With its path, it is an argument.
    fn resize(&self, context: &crate::Context);
}

fn main() {}
