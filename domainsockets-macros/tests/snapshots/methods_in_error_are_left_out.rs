pub trait Kv: ::core::marker::Send + ::core::marker::Sync + 'static {
    fn get(
        &self,
        key: &str,
    ) -> impl ::core::future::Future<Output = Option<&[u8]>> + ::core::marker::Send;
    fn count(
        &mut self,
        (from, to): (u8, u8),
    ) -> impl ::core::future::Future<Output = u64> + ::core::marker::Send {
        async move { 0 }
    }
    fn len(&self) -> u64;
    fn is_empty(&self) -> bool;
}
::core::compile_error! {
    "`#[service]` has no argument `nam`: did you mean `name`?"
}
::core::compile_error! {
    "a reply owns what it holds: return `String`, `Vec<T>` or `T` instead of a reference"
}
::core::compile_error! {
    "a method of a service takes `&self`, not `&mut self`: keep what changes behind a lock"
}
::core::compile_error! {
    "an argument of a service is a plain name: `name: Type`"
}
::core::compile_error! {
    "this handler name begins with `$`, which is reserved for the protocol: begin it with something else"
}
