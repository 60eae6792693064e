import Datasets
import FileFormats
import Foundation
import TestSupport
import Testing
import Torch

/// Folders and archives of images as no careful program would write them.
enum OddImages {
    static func png(_ shade: UInt8, size: Int = 4, channels: Int = 3) -> [UInt8] {
        Image8(width: size, height: size, channels: channels, shade: shade).pngData()
    }

    /// Writes a file whose path, below a folder, is bytes.
    static func write(_ content: [UInt8], to path: [UInt8], in folder: URL) throws {
        let whole = Array(folder.path.utf8) + [0x2F] + path
        for end in whole.indices where whole[end] == 0x2F && end > 0 {
            mkdir(whole[..<end].map { CChar(bitPattern: $0) } + [0], 0o700)
        }
        let file = try #require(fopen(whole.map { CChar(bitPattern: $0) } + [0], "w"))
        defer { fclose(file) }
        #expect(fwrite(content, 1, content.count, file) == content.count)
    }

    static func write(_ content: [UInt8], to path: String, in folder: URL) throws {
        try write(content, to: Array(path.utf8), in: folder)
    }

    /// Shades of all images, in order.
    static func shades(_ data: any Dataset) throws -> [Int] {
        try data.examples(at: Array(0..<data.count)).values[0..., 0, 0, 0].scalars(as: Int.self)
    }
}

@Suite("Names of files and members as bytes") struct NameTests {
    private let composed = Array("\u{E9}".utf8)
    private let combined = Array("e\u{301}".utf8)
    private let latin: [UInt8] = [0xE9]

    @Test("Class folders that String takes for the same, and one in Latin-1, are classes of their own")
    func folders() throws {
        try withTemporaryFolder { folder in
            for (index, name) in [composed, combined, latin, Array("a".utf8)].enumerated() {
                let shade = UInt8(10 * index)
                try OddImages.write(OddImages.png(shade), to: name + Array("/1.png".utf8), in: folder)
            }
            let data = try DataReference(parsing: folder.path).opened()
            // In the order of their bytes: a, e + U+0301, U+00E9, E9.
            #expect(data.dataset.classNames == ["a", "e\\xCC\\x81", "\\xC3\\xA9", "\\xE9"])
            #expect(data.dataset.labels == [0, 1, 2, 3])
            #expect(try OddImages.shades(data.dataset) == [30, 10, 0, 20])
            #expect(data.remarks.contains { $0.contains("look the same") && $0.contains("e\\xCC\\x81") })
        }
    }

    @Test(
        "Members of archives with such names, and one that is there twice, are all read and told of",
        arguments: ["zip", "tar"])
    func archives(kind: String) throws {
        try withTemporaryFolder { folder in
            let names = [composed, combined, latin, composed].map { Array("c/".utf8) + $0 + Array(".png".utf8) }
            let members = names.enumerated().map { OddFiles.Member($1, OddImages.png(UInt8(10 * $0))) }
            try Data(kind == "zip" ? OddFiles.zip(members) : OddFiles.tar(members))
                .write(to: folder.appending(path: "a.\(kind)"))
            let data = try DataReference(parsing: folder.appending(path: "a.\(kind)").path).opened()
            #expect(try OddImages.shades(data.dataset).sorted() == [0, 10, 20, 30])
            let images = try #require(data.dataset as? ImageCollection)
            #expect(Set((0..<4).map { images.name(of: $0) }).count == 4)
            #expect(
                data.remarks.contains { $0.contains("several times") && $0.contains("(2 times)") }, "\(data.remarks)")
            #expect(data.remarks.contains { $0.contains("look the same") })
            // Each can be left out by its name.
            for index in 0..<4 {
                let left = try images.leavingOut(named: [images.name(of: index)])
                #expect(left.count == 3)
            }
        }
    }

    @Test("Links and pipes in a tar archive are told of")
    func links() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "a.tar")
            try Data(
                OddFiles.tar([
                    .init("c/1.png".utf8, OddImages.png(1)), .init("c/2.png".utf8, [], kind: "2"),
                    .init("d/3.png".utf8, [], kind: "6"),
                ])
            ).write(to: file)
            let remarks = try DataReference(parsing: file.path).opened().remarks
            #expect(
                remarks.contains(
                    "Not read, as they are no files: c/2.png (a symbolic link), d/3.png (a pipe)."), "\(remarks)")
        }
    }

    @Test("A pipe in a folder is told of, and refused where it is named", .timeLimit(.minutes(1)))
    func pipes() throws {
        try withTemporaryFolder { folder in
            try OddImages.write(OddImages.png(1), to: "c/1.png", in: folder)
            let pipe = folder.appending(path: "c/2.png").path
            try #require(mkfifo(pipe, 0o600) == 0)
            let data = try DataReference(parsing: folder.path).opened()
            #expect(data.dataset.count == 1)
            #expect(data.remarks.contains { $0.contains("c/2.png (a pipe)") }, "\(data.remarks)")
            #expect(throws: FileError.self) { try DataReference(parsing: pipe).open() }
            #expect(throws: (any Error).self) { try LatentCollection(URL(filePath: pipe)) }
        }
    }

    @Test("JPEG by any of its endings, and by content under none or another; other images are told of with their class")
    func endings() throws {
        try withTemporaryFolder { folder in
            let jpeg = Image8(width: 4, height: 4, channels: 3, shade: 50).jpegData()
            for name in ["a.jfif", "b.jpe", "c.JPG", "d", "e.webp", "f.PNG", "g.JPEG"] {
                try OddImages.write(jpeg, to: "cat/\(name)", in: folder)
            }
            let webp = Array("RIFF0000WEBPVP8 and more".utf8)
            for name in ["1.webp", "2.WEBP"] { try OddImages.write(webp, to: "dog/\(name)", in: folder) }
            try OddImages.write(webp, to: "cat/h.webp", in: folder)
            let data = try DataReference(parsing: folder.path).opened()
            #expect(data.dataset.count == 7 && data.dataset.classNames == ["cat"])
            #expect(
                data.remarks == [
                    "Folders without images, which are no classes: dog (2 .webp files).",
                    "Not read: 3 .webp files. Only PNG and JPEG are: convert the others.",
                ])
        }
    }
}

@Suite("Parts of data") struct PartTests {
    private func write(_ paths: String..., in folder: URL) throws {
        for (index, path) in paths.enumerated() {
            try OddImages.write(OddImages.png(UInt8(index)), to: path, in: folder)
        }
    }

    private func refused(_ text: String, _ fragments: String...) {
        let error = #expect(throws: DatasetError.self) { try DataReference(parsing: text).open() }
        for fragment in fragments {
            #expect(error?.message.contains(fragment) == true, "'\(fragment)' is not in \(error?.message ?? "")")
        }
    }

    @Test("Classes have one numbering for all parts, and a part that lacks one says so")
    func numbering() throws {
        try withTemporaryFolder { folder in
            try write("train/a/1.png", "train/b/1.png", "train/c/1.png", "test/c/1.png", "test/d/1.png", in: folder)
            for (text, labels) in [("train", [0, 1, 2]), ("test", [2, 3])] {
                let data = try DataReference(parsing: "\(folder.path):\(text)").opened()
                #expect(data.dataset.classNames == ["a", "b", "c", "d"] && data.dataset.labels == labels)
                #expect(data.part?.rawValue == text)
            }
            let remarks = try DataReference(parsing: "\(folder.path):test").opened().remarks
            #expect(remarks == ["Classes without examples in the part test, 2 of 4: a, b."])
        }
    }

    @Test("Classes of latents in parts have one numbering as well")
    func latents() throws {
        try withTemporaryFolder { folder in
            let array = NumpyArray([Float](repeating: 0.5, count: 16), shape: [1, 4, 4])
            for path in ["train/a/1", "train/b/1", "test/b/1"] {
                try OddImages.write(array.npyData(), to: "\(path).npy", in: folder)
            }
            let data = try DataReference(parsing: "\(folder.path):test").opened()
            #expect(data.dataset.labels == [1] && data.dataset.classNames == ["a", "b"] && data.part == .test)
            #expect(data.remarks == ["Classes without examples in the part test, 1 of 2: a."])
        }
    }

    @Test("val is a part of its own; a part that is not there is an error that names those that are")
    func validation() throws {
        try withTemporaryFolder { folder in
            try write("train/a/1.png", "Validation/a/1.png", "testing/a/1.png", "testing/a/2.png", in: folder)
            for (part, count) in [("train", 1), ("val", 1), ("test", 2)] {
                #expect(try DataReference(parsing: "\(folder.path):\(part)").open().count == count)
            }
            #expect(try DataReference(parsing: folder.path).open().count == 4)
            let two = folder.appending(path: "two")
            try OddImages.write(OddImages.png(1), to: "two/train/a/1.png", in: folder)
            try OddImages.write(OddImages.png(1), to: "two/val/a/1.png", in: folder)
            refused("\(two.path):test", "has no part 'test': there is :train and :val")
            let none = folder.appending(path: "train")
            refused("\(none.path):test", "has no part 'test': its files lie in no parts", "without a part")
            refused("mnist:val", "has no part 'val': there is :train and :test")
        }
    }

    @Test("Where a part is only preferred, the answer says which it is")
    func preference() throws {
        try withTemporaryFolder { folder in
            try write("x/train/a/1.png", "x/val/a/1.png", "y/a/1.png", "y/b/1.png", in: folder)
            let (x, y) = (folder.appending(path: "x").path, folder.appending(path: "y").path)
            let held = try DataReference(x, preferring: .test).opened()
            #expect(held.part == .validation && held.dataset.count == 1)
            let all = try DataReference(y, preferring: .test).opened()
            #expect(all.part == nil && all.dataset.count == 2)
            #expect(try DataReference(x, nil).part(.train).opened().part == .train)
            #expect(try DataReference(parsing: y, default: .test).opened().part == nil)
        }
    }

    @Test("Parts beside other things are an error that says what to do", arguments: ["extra/1.png", "1.png"])
    func mixed(other: String) throws {
        try withTemporaryFolder { folder in
            try write("train/a/1.png", "test/a/1.png", other, in: folder)
            let beside = other == "1.png" ? "'1.png' lies beside" : "'extra' lies beside"
            for part in ["", ":train", ":test"] {
                refused(folder.path + part, "'test', 'train' are parts of the data", beside, "Move what")
            }
        }
        try withTemporaryFolder { folder in
            try write("train/1.png", "Training/1.png", in: folder)
            refused(folder.path, "are the same part")
        }
        // Classes may be called so, one folder further down.
        try withTemporaryFolder { folder in
            try write("train/train/1.png", "train/bus/1.png", in: folder)
            #expect(try ImageCollection(folder: folder, split: .train).classNames == ["bus", "train"])
        }
    }

    @Test("A file whose name has a colon is looked for before a part is read out of it")
    func colons() throws {
        try withTemporaryFolder { folder in
            try write("12:30/photos/a/1.png", "x:train/a/1.png", "x:train/a/2.png", in: folder)
            let path = folder.appending(path: "12:30/photos").path
            #expect(try DataReference(parsing: path).open().count == 1)
            #expect(try DataReference(parsing: folder.appending(path: "x:train").path).open().count == 2)
            refused("\(path):evening", "There is no part 'evening'", ":train, :val or :test")
            refused("\(folder.path)/9:30/absent", "There are no data")
        }
    }

    @Test("Data sets are found by every spelling of their names, and the nearest is suggested for others")
    func names() throws {
        // On most machines they are not there, but all spellings are looked for as the same.
        let outcomes = ["cifar10", "cifar_10", "CIFAR-10", "cifar-10"].map { name in
            do { return "\(try DataReference(parsing: name).open().count)" } catch { return "\(error)" }
        }
        #expect(Set(outcomes).count == 1 && !outcomes[0].contains("none of the known names"), "\(outcomes)")
        #expect(try DataReference(parsing: "two-modes").open().count == 20_000)
        #expect(try DataReference(parsing: "TwoMoons").open().classNames.count == 2)
        for (wrong, right) in [("minst", "mnist"), ("fashion-mnits", "fashion-mnist"), ("cifar-1", "cifar-10")] {
            refused(wrong, "Did you mean '\(right)'?")
        }
        let other = #expect(throws: DatasetError.self) { try DataReference(parsing: "photographs").open() }
        #expect(other?.message.contains("Did you mean") == false)
    }
}
