import Datasets
import FileFormats
import Foundation
import TestSupport
import Testing
import Torch

@Suite("Folders as they are found") struct ImageFolderTests {
    private func write(_ shade: UInt8, to path: String, in folder: URL, size: Int = 8, channels: Int = 3) throws {
        let file = folder.appending(path: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        let image = Image8(width: size, height: size, channels: channels, shade: shade)
        let bytes = path.hasSuffix("png") ? image.pngData() : image.jpegData()
        try Data(bytes).write(to: file)
    }

    @Test("Names in any script and with spaces; links to folders are followed, circles are not")
    func names() throws {
        try withTemporaryFolder { folder in
            try write(10, to: "data/Käfer 甲虫/ein Bild.jpg", in: folder)
            try write(20, to: "elsewhere/deep/1.png", in: folder)
            let manager = FileManager.default
            try manager.createSymbolicLink(
                at: folder.appending(path: "data/linked"), withDestinationURL: folder.appending(path: "elsewhere"))
            try manager.createSymbolicLink(
                at: folder.appending(path: "elsewhere/deep/loop"), withDestinationURL: folder.appending(path: "data"))
            try manager.createSymbolicLink(
                atPath: folder.appending(path: "data/linked/self.png").path, withDestinationPath: "self.png")
            let data = try ImageCollection(folder: folder.appending(path: "data"))
            #expect(data.classNames == ["Käfer 甲虫", "linked"])
            #expect(data.count == 2)
            #expect(data.name(of: 0) == "Käfer 甲虫/ein Bild.jpg")
            #expect(try data.examples(at: [0, 1]).values[0..., 0, 0, 0].scalars(as: Int.self) == [10, 20])
        }
    }

    @Test("Folders without images beside the classes, and files of other kinds, are reported")
    func aside() throws {
        try withTemporaryFolder { folder in
            try write(10, to: "a/1.png", in: folder)
            try FileManager.default.createDirectory(
                at: folder.appending(path: "empty/deeper"), withIntermediateDirectories: true)
            for name in ["a/x.gif", "a/y.GIF", "notes"] { try Data("x".utf8).write(to: folder.appending(path: name)) }
            let data = try ImageCollection(folder: folder)
            #expect(data.classNames == ["a"])
            #expect(data.aside.emptyFolders == ["empty"])
            #expect(data.aside.files == ["gif": 2, "": 1])
        }
    }

    @Test("A folder without images says how many files of which kinds it holds")
    func nothing() throws {
        try withTemporaryFolder { folder in
            for name in ["1.txt", "2.TXT", "3.mp4"] { try Data("x".utf8).write(to: folder.appending(path: name)) }
            let error = #expect(throws: DatasetError.self) { try ImageCollection(folder: folder) }
            #expect(error?.message.contains("It holds 2 .txt files and 1 .mp4 file.") == true)
        }
    }

    @Test("Every kind of broken file is found, by all means, and the others are read")
    func broken() throws {
        try withTemporaryFolder { folder in
            for index in 0..<6 {
                try write(UInt8(30 * index), to: "a/\(index).jpg", in: folder, channels: index < 3 ? 3 : 1)
            }
            func change(_ name: String, _ content: [UInt8]) throws {
                try Data(content).write(to: folder.appending(path: name))
            }
            let whole = Array(try Data(contentsOf: folder.appending(path: "a/0.jpg")))
            try change("a/cut.jpg", whole.dropLast(40))
            try change("a/empty.jpg", [])
            try change("a/gif.png", Array("GIF89a and more than sixteen bytes".utf8))
            try change("a/text.png", Array("just a note".utf8))
            try change("a/zz-padded.jpg", whole + [UInt8](repeating: 0, count: 40))
            try FileManager.default.createSymbolicLink(
                atPath: folder.appending(path: "a/nowhere.png").path, withDestinationPath: "absent.png")
            let data = try ImageCollection(folder: folder)
            for examination in [ImageCollection.Examination.ends, .whole] {
                let problems = data.problems(examination)
                #expect(
                    problems.map { data.name(of: $0.index) }
                        == ["a/cut.jpg", "a/empty.jpg", "a/gif.png", "a/nowhere.png", "a/text.png"])
                #expect(problems.map(\.error.code) == [.truncated, .empty, .unsupported, .missing, .unsupported])
            }
            let names = data.problems().map { data.name(of: $0.index) }
            let left = try data.leavingOut(named: names)
            #expect(try left.decoded().count == 7)
            #expect(throws: DatasetError.self) { try data.leavingOut(named: ["a/absent.jpg"]) }
            #expect(throws: DatasetError.self) { try data.decoded() }
        }
    }

    @Test("Batches are the same whatever the number of threads, images of other sizes and channels included")
    func threads() throws {
        try withTemporaryFolder { folder in
            for index in 0..<30 {
                let (size, channels) = ([8, 20, 9][index % 3], index % 2 == 0 ? 3 : 1)
                try write(UInt8(index * 8), to: "a/\(100 + index).jpg", in: folder, size: size, channels: channels)
            }
            var data = try ImageCollection(folder: folder, .init(size: 8, channels: 3))
            let order = (0..<30).map { $0 * 7 % 30 }
            let alone = try data.examples(at: order)
            data.threads = 4
            let together = try data.examples(at: order)
            #expect((alone.values .== together.values).all().intItem() == 1)
            #expect(alone.values[0..., 0, 3, 3].scalars(as: Int.self) == order.map { $0 * 8 })
            let all = try data.decoded().examples(at: order)
            #expect((alone.values .== all.values).all().intItem() == 1)
        }
    }

    @Test("Inspection reports kinds of images, empty folders and other files")
    func remarks() throws {
        try withTemporaryFolder { folder in
            try write(10, to: "a/1.png", in: folder)
            try write(10, to: "a/2.jpg", in: folder)
            try write(20, to: "a/3.png", in: folder, size: 12, channels: 1)
            try FileManager.default.createDirectory(
                at: folder.appending(path: "none"), withIntermediateDirectories: true)
            try Data("x".utf8).write(to: folder.appending(path: "a/notes.txt"))
            let inspection = try DataInspection(ImageCollection(folder: folder, .init(size: 8)))
            #expect(
                inspection.remarks == [
                    "Images differ: 2 of 8 x 8 RGB, 1 of 12 x 12 gray.",
                    "Gray and RGB are mixed: training needs data.channels, to which all are brought.",
                    "Folders without images, which are no classes: none.", "Not read: 1 .txt file.",
                ])
            #expect(inspection.problems.isEmpty)
        }
    }
}

@Suite("Archives as they are found") struct ImageArchiveTests {
    @Test("Names that point out of the archive are names like others")
    func traversal() throws {
        let data = try ImageCollection(archive: fixtures().appending(path: "traversal.zip"))
        #expect(data.classNames == ["a", "abs", "etc"])
        #expect(data.problems().isEmpty)
        #expect(try data.examples(at: [0, 1, 2]).values.flatten().scalars(as: Int.self) == [30, 20, 10])
    }

    @Test("An empty archive, one that holds an archive, and a single image say what they are")
    func others() throws {
        try withTemporaryFolder { folder in
            let empty = folder.appending(path: "empty.zip")
            try Data(Array("PK\u{5}\u{6}".utf8) + [UInt8](repeating: 0, count: 18)).write(to: empty)
            let nothing = #expect(throws: FileError.self) { try ImageCollection(archive: empty) }
            #expect(nothing?.problem == "the archive holds no files")
            let outer = fixtures().appending(path: "nested.zip")
            let nested = #expect(throws: DatasetError.self) { try ImageCollection(archive: outer) }
            #expect(nested?.message.contains("It holds 1 .gz file.") == true)
            let image = folder.appending(path: "cat.png")
            try Image8(width: 2, height: 2, channels: 1, shade: 0).writePNG(to: image)
            let single = #expect(throws: DatasetError.self) { try DataReference(parsing: image.path).open() }
            #expect(single?.message.contains("is a single image. Name the folder") == true)
        }
    }
}
