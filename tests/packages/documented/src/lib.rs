//! Services whose documentation links to their own items.

#![deny(warnings, rustdoc::all)]

/// A store, whose limit is [`Wide::MAX`].
#[domainsockets::service]
pub trait Wide {
    /// The longest value that [`Self::put`] takes.
    const MAX: usize = 3;

    /// Takes at most [`Self::MAX`], or [so many](Self::MAX), or [`max`], as [`Self::get`] does of [`Self`].
    ///
    /// ```
    /// struct Wide([usize; 1]);
    ///
    /// impl Wide {
    ///     const MAX: usize = 1;
    ///     fn new() -> Self {
    ///         Self([Self::MAX])
    ///     }
    /// }
    /// # Wide::new();
    /// ```
    ///
    /// [`max`]: Self::MAX
    async fn put(&self, value: &[u8]);

    /// Returns what [`put`](Self::put) took.
    fn get(&self, #[rpc(rename = "theKey")] the_key: u8) -> Vec<u8>;

    #[doc = "Is no comment, and has [`Self::MAX`]."]
    fn raw(&self);

    #[cfg_attr(unix, doc = "Has [`Self::MAX`] under a condition.")]
    fn conditional(&self);

    fn without(&self);
}

/// Its names are keywords.
#[domainsockets::service]
#[expect(non_camel_case_types, reason = "it is a keyword")]
pub trait r#type<K: Key> {
    /// The most.
    const MAX: u8 = 3;

    /// Takes [`Self::MAX`].
    fn r#async(&self, r#await: &K) -> u8;

    fn r#await(&self);
}

/// A key.
pub trait Key: serde::Serialize + serde::de::DeserializeOwned {}

mod private {
    #[domainsockets::service]
    pub(super) trait Inner {
        const MAX: u8 = 3;

        #[doc = "Takes [`Self::MAX`]."]
        fn get(&self);
    }
}
