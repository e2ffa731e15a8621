//! Snapshots of whole expansions. `UPDATE_EXPECT=1 cargo test` writes them anew.

use expect_test::{ExpectFile, expect_file};
use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

fn check(args: TokenStream, item: TokenStream, expected: &ExpectFile) -> TokenStream {
    let expansion = super::service(args, item);
    let file = syn::parse2(expansion.clone()).unwrap();
    expected.assert_eq(&prettyplease::unparse(&file));
    expansion
}

#[test]
fn arguments_and_replies() {
    check(
        quote!(),
        quote! {
            /// A store of values under keys.
            pub trait Kv {
                /// Returns the value stored under `key`.
                async fn get(&self, key: &str) -> Option<Vec<u8>>;
                async fn put(&self, key: &str, value: &[u8]) -> Result<(), KvError>;
                async fn put_all(&self, entries: &[Entry], options: &Options);
                fn len(&self) -> u64;
            }
        },
        &expect_file!["../../../tests/snapshots/arguments_and_replies.rs"],
    );
}

#[test]
fn names_of_others() {
    check(
        quote!(name = "demo.Hello"),
        quote! {
            pub(crate) trait Greeter: Clone {
                #[rpc(name = "HelloWorld")]
                fn hello(&self) -> String;
                async fn r#type(&self) -> C;
            }
        },
        &expect_file!["../../../tests/snapshots/names_of_others.rs"],
    );
}

#[test]
fn conditional_and_deprecated() {
    check(
        quote!(),
        quote! {
            /// Measures the machine.
            #[cfg(target_os = "linux")]
            trait Sensors {
                /// Returns the load.
                #[deprecated = "use `loads`"]
                async fn load(&self) -> f64;
                #[cfg(feature = "loads")]
                #[must_use]
                async fn loads(&self) -> [f64; 3];
            }
        },
        &expect_file!["../../../tests/snapshots/conditional_and_deprecated.rs"],
    );
}

#[test]
fn another_crate_path() {
    let expansion = check(
        quote!(crate = ::umbrella::rpc),
        quote! {
            pub trait Ping {
                async fn ping(&self) -> Result<(), Refused>;
            }
        },
        &expect_file!["../../../tests/snapshots/another_crate_path.rs"],
    );
    assert!(!mentions_domainsockets(expansion));
}

#[test]
fn who_may_call() {
    check(
        quote!(allow(root, own_user)),
        quote! {
            pub trait Backup {
                async fn list(&self) -> Vec<String>;
                #[rpc(allow(anyone))]
                fn version(&self) -> u32;
                #[cfg(feature = "restore")]
                #[rpc(
                    name = "Restore",
                    allow(root, user = "alice", user = "bob", group = "ops", uid = 1000, gid = 100),
                )]
                async fn restore(&self, name: &str);
            }
        },
        &expect_file!["../../../tests/snapshots/who_may_call.rs"],
    );
}

#[test]
fn what_may_run_again() {
    check(
        quote!(),
        quote! {
            pub trait Kv {
                #[rpc(idempotent)]
                async fn get(&self, key: &str) -> Option<Vec<u8>>;
                #[rpc(idempotent, name = "Put")]
                async fn put(&self, key: &str, value: &[u8]) -> Result<(), KvError>;
                async fn push(&self, key: &str, value: &[u8]) -> Result<(), KvError>;
            }
        },
        &expect_file!["../../../tests/snapshots/what_may_run_again.rs"],
    );
}

#[test]
fn how_long_it_may_take() {
    check(
        quote!(),
        quote! {
            pub trait Index {
                #[rpc(deadline = "500ms")]
                async fn search(&self, text: &str) -> u64;
                #[rpc(deadline = "2min", idempotent)]
                async fn rebuild(&self) -> Result<(), Full>;
                #[rpc(oneway, deadline = "5s")]
                async fn touch(&self, page: u64);
            }
        },
        &expect_file!["../../../tests/snapshots/how_long_it_may_take.rs"],
    );
}

#[test]
fn context_of_the_call() {
    check(
        quote!(crate = ds),
        quote! {
            pub trait Audit {
                fn whoami(&self, ctx: Context) -> u32;
                async fn log(&self, ctx: &ds::Context, line: &str) -> Result<(), Full>;
            }
        },
        &expect_file!["../../../tests/snapshots/context_of_the_call.rs"],
    );
}

#[test]
fn what_is_wrong_is_left_out() {
    check(
        quote!(nam = "Store"),
        quote! {
            pub trait Kv {
                async fn get(&self, key: &str) -> Option<&[u8]>;
                async fn count(&mut self, (from, to): (u8, u8)) -> u64 {
                    0
                }
                #[rpc(name = "$len")]
                fn len(&self) -> u64;
                fn is_empty(&self) -> bool;
            }
        },
        &expect_file!["../../../tests/snapshots/what_is_wrong_is_left_out.rs"],
    );
}

#[test]
fn right_methods_outlive_wrong_ones() {
    check(
        quote!(),
        quote! {
            pub trait Kv {
                fn len(&self) -> u64;
                fn count(self) -> u64;
            }
        },
        &expect_file!["../../../tests/snapshots/right_methods_outlive_wrong_ones.rs"],
    );
}

#[test]
fn handler_name_has_at_most_1024_bytes() {
    for (len, is_error) in [(1024, false), (1025, true)] {
        let name = "x".repeat(len);
        let expansion = super::service(
            quote!(),
            quote! {
                trait Kv {
                    #[rpc(name = #name)]
                    fn len(&self) -> u64;
                }
            },
        );
        let message = "this handler name is longer than 1024 bytes: shorten it";
        assert_eq!(expansion.to_string().contains(message), is_error);
    }
}

#[test]
fn what_cannot_be_parsed_is_passed_on() {
    let half_typed = quote!(trait Kv { fn get(&self, key: ) -> u64; });
    let expansion = super::service(quote!(), half_typed.clone()).to_string();
    assert!(expansion.starts_with(&half_typed.to_string()));
    assert!(expansion.contains("compile_error"));
}

fn mentions_domainsockets(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "domainsockets",
        TokenTree::Group(group) => mentions_domainsockets(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
