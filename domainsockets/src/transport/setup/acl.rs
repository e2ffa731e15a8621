//! Access control lists of files, in the binary format of `system.posix_acl_access` (`acl(5)`).

/// A list that lets its owner, and the listed users and groups, read and write a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Acl {
    users: Vec<u32>,
    groups: Vec<u32>,
    file_group: bool,
    others: bool,
}

impl Acl {
    /// Returns the list that admits nobody but the file's owner.
    pub(super) const fn owner() -> Self {
        Self {
            users: Vec::new(),
            groups: Vec::new(),
            file_group: false,
            others: false,
        }
    }

    /// Returns the list that admits all users. It is as good as the mode 0666.
    pub(super) const fn anyone() -> Self {
        Self {
            users: Vec::new(),
            groups: Vec::new(),
            file_group: true,
            others: true,
        }
    }

    /// Returns the list that admits these users and groups, apart from the owner. `file_group` is the group of the
    /// file.
    pub(super) fn listed(users: &[u32], groups: &[u32], file_group: u32) -> Self {
        let sorted = |ids: &[u32]| {
            let mut ids = ids.to_vec();
            ids.sort_unstable();
            ids.dedup();
            ids
        };
        let mut groups = sorted(groups);
        let all = groups.len();
        groups.retain(|group| *group != file_group);
        Self {
            users: sorted(users),
            file_group: groups.len() < all,
            groups,
            others: false,
        }
    }

    /// Returns the bytes of the extended attribute: a version, and the entries in the order that the kernel demands.
    ///
    /// The kernel stores a list without named users and groups as a mode.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = VERSION.to_le_bytes().to_vec();
        let mut entry = |tag: u16, admits: bool, id: u32| {
            let permissions = if admits { READ_WRITE } else { 0 };
            bytes.extend(tag.to_le_bytes());
            bytes.extend(permissions.to_le_bytes());
            bytes.extend(id.to_le_bytes());
        };
        entry(OWNER, true, NO_ID);
        for user in &self.users {
            entry(USER, true, *user);
        }
        entry(FILE_GROUP, self.file_group, NO_ID);
        for group in &self.groups {
            entry(GROUP, true, *group);
        }
        if !self.users.is_empty() || !self.groups.is_empty() {
            entry(MASK, true, NO_ID);
        }
        entry(OTHERS, self.others, NO_ID);
        bytes
    }
}

/// `POSIX_ACL_XATTR_VERSION`, and the tags, of the kernel's `posix_acl_xattr.h` and `posix_acl.h`.
const VERSION: u32 = 2;
const OWNER: u16 = 0x01;
const USER: u16 = 0x02;
const FILE_GROUP: u16 = 0x04;
const GROUP: u16 = 0x08;
const MASK: u16 = 0x10;
const OTHERS: u16 = 0x20;

/// The ID of entries that name no user or group.
const NO_ID: u32 = u32::MAX;

const READ_WRITE: u16 = 6;

#[cfg(test)]
mod tests {
    use super::Acl;

    /// Returns the entries as tag, permissions and ID.
    fn entries(acl: &Acl) -> Vec<(u16, u16, u32)> {
        let bytes = acl.encode();
        let (version, entries) = bytes.split_at(4);
        assert_eq!(version, [2, 0, 0, 0]);
        let (entries, rest) = entries.as_chunks::<8>();
        assert!(rest.is_empty());
        entries
            .iter()
            .map(|&[a, b, c, d, e, f, g, h]| {
                (
                    u16::from_le_bytes([a, b]),
                    u16::from_le_bytes([c, d]),
                    u32::from_le_bytes([e, f, g, h]),
                )
            })
            .collect()
    }

    const NO_ID: u32 = u32::MAX;

    #[test]
    fn bytes_are_those_that_setfacl_writes() {
        // `setfacl -m u:1000:rw`, as `getfattr -e hex` shows it.
        let expected = [
            &[2, 0, 0, 0][..],
            &[1, 0, 6, 0, 0xff, 0xff, 0xff, 0xff],
            &[2, 0, 6, 0, 0xe8, 0x03, 0, 0],
            &[4, 0, 0, 0, 0xff, 0xff, 0xff, 0xff],
            &[16, 0, 6, 0, 0xff, 0xff, 0xff, 0xff],
            &[32, 0, 0, 0, 0xff, 0xff, 0xff, 0xff],
        ];
        let bytes = Acl::listed(&[1000], &[], 5).encode();
        assert_eq!(bytes, expected.concat());
    }

    #[test]
    fn users_and_groups_are_in_the_order_of_the_kernel() {
        let acl = Acl::listed(&[7, 3, 7], &[9, 5, 9, 8], 5);
        let expected = [
            (0x01, 6, NO_ID),
            (0x02, 6, 3),
            (0x02, 6, 7),
            (0x04, 6, NO_ID),
            (0x08, 6, 8),
            (0x08, 6, 9),
            (0x10, 6, NO_ID),
            (0x20, 0, NO_ID),
        ];
        assert_eq!(entries(&acl), expected);
    }

    #[test]
    fn lists_that_a_mode_can_express_have_three_entries() {
        let of = |owner, group, others| {
            [
                (0x01, owner, NO_ID),
                (0x04, group, NO_ID),
                (0x20, others, NO_ID),
            ]
        };
        assert_eq!(entries(&Acl::owner()), of(6, 0, 0));
        assert_eq!(entries(&Acl::anyone()), of(6, 6, 6));
        assert_eq!(entries(&Acl::listed(&[], &[5], 5)), of(6, 6, 0));
    }
}
