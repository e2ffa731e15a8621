//! Types that users define: what their attributes do to written and read values, which of their code
//! runs, and how large and deep values may be.

mod attributes;
mod depth;
mod elements;
mod found_out;
mod sizes;
