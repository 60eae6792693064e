public import Settings

/// A folder or archive of images, a folder per class.
public struct ImageFolderSettings: SettingsSection, Sendable, Hashable {
    /// The folder, or a tar or zip archive.
    public var path = ""
    /// Height and width that images are resized and cropped to.
    public var size = 32
    /// 1 for gray, 3 for RGB; nil until the files have been read.
    public var channels: Int?
    /// Names of the classes; nil until the files have been read.
    public var classes: [String]?
    /// True if each image is mirrored with probability 1 / 2.
    public var flip = false
    /// True if noise within each of the 256 levels is added, drawn again at each step.
    public var dequantise = false
    /// Room for decoded images in memory.
    public var memory = DataMemory()
    /// True if images that cannot be read are left out, after all have been examined before the first step.
    public var skipUnreadable = false
    /// Images that are left out, by their paths within the folder or archive; nil until they have been examined.
    public var leftOut: [String]?

    /// 32 x 32, no folder yet.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key(
            "path", &path, .nonEmpty,
            about: "Folder, or tar or zip archive, of PNG and JPEG images: a folder per class.")
        key(
            "size", &size, .multiple(of: 4), .in(8...1024),
            about: "Height and width: the shorter side is resized to it, the middle of the longer one kept.")
        key(
            "channels", &channels, Requirement("be 1 or 3") { $0 == 1 || $0 == 3 },
            about: "1 (gray) or 3 (RGB), to which images are brought; null for what the files have.")
        key("classes", &classes, .nonEmpty, .distinct, about: "Names of the classes; null for those of the folders.")
        key("flip", &flip, about: "Mirror images at random.")
        key.dequantise(&dequantise)
        key.memory(&memory)
        key(
            "skip_unreadable", &skipUnreadable,
            about: "Find images that cannot be read before the first step, name them, and leave them out.")
        key(
            "left_out", &leftOut, .distinct,
            about: "Paths of images that are not read; null, with skip_unreadable, to find them.")
    }
}

/// Room for examples that lie in files.
///
/// If all fit, all are read before the first step; if not, those that were seen last are kept, and others are read when they
/// are drawn.
public struct DataMemory: Sendable, Hashable {
    /// GiB; none if 0.
    public var gibibytes = 4.0

    /// 4 GiB.
    public init() {}

    /// The same in bytes.
    public var bytes: Int { Int(gibibytes * Double(1 << 30)) }
}

extension SettingsKeys {
    /// Binds the keys of all data in folders.
    func memory(_ value: inout DataMemory) {
        self(
            "memory", &value.gibibytes, .in(0...1e6),
            about: "GiB for decoded examples: all of them, or if that is too little those that were seen last.")
    }
}
