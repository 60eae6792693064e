import AtomicFiles
import Foundation
import TestSupport
import Testing
import Torch

@Suite("SafetensorsFile")
struct SafetensorsTests {
    /// The tensors of `python.safetensors`, as make_fixtures.py describes them.
    private static func expected() -> [NamedTensor] {
        let numbers = Tensor([0, 1, 2, 5, 7])
        return DType.allCases.map { ($0.rawValue, numbers.to($0)) } + [
            ("matrix", Tensor.arange(6, dtype: .float32).reshape(2, 3) - 2.5),
            ("scalar", Tensor(3.5 as Float)),
            ("empty", .zeros([0, 3])),
            ("blocks.0.é\"\\\n\u{1}", .ones([1])),
        ]
    }

    @Test("reads every type that the Python package writes")
    func readsPython() throws {
        let file = try SafetensorsFile(fixtures().appending(path: "python.safetensors"))
        #expect(file.metadata == ["format": "pt"])
        #expect(file.names == Self.expected().map(\.name).sorted())
        for (name, tensor) in Self.expected() { assertEqual(try #require(file[name]), tensor) }
        #expect(file["absent"] == nil)
    }

    @Test("writes the same bytes as the Python package")
    func writesPython() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "ours.safetensors")
            try SafetensorsFile.write(Self.expected().reversed(), to: url, metadata: ["format": "pt"])
            #expect(try Data(contentsOf: url) == Data(contentsOf: fixtures().appending(path: "python.safetensors")))
        }
    }

    @Test("gives back what was written: views, channelsLast, metadata, no tensors at all")
    func roundTrip() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "a.safetensors")
            let image = Tensor.arange(24, dtype: .float32).reshape(1, 2, 3, 4)
            let metadata = ["b": "1", "a": "\u{1f4d0} \"", "": "\t"]
            try SafetensorsFile.write(
                [("view", image[0, 1].mT), ("image", image.contiguous(.channelsLast))], to: url, metadata: metadata)
            let file = try SafetensorsFile(url)
            #expect(file.metadata == metadata)
            assertEqual(try #require(file["view"]), image[0, 1].mT)
            assertEqual(try #require(file["image"]), image)
            try SafetensorsFile.write([], to: url)
            #expect(try SafetensorsFile(url).names.isEmpty)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.safetensors"])
        }
    }

    @Test("tensors share the file's memory, and outlive the file object and the file")
    func sharing() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "a.safetensors")
            try SafetensorsFile.write([("a", Tensor([1, 2, 3]))], to: url)
            let tensors = try { () throws -> [Tensor] in
                let file = try SafetensorsFile(url)
                return [try #require(file["a"]), try #require(file["a"])]
            }()
            try FileManager.default.removeItem(at: url)
            tensors[0][0] = Tensor(7)
            #expect(tensors[1].scalars(as: Int.self) == [7, 2, 3])
        }
    }

    @Test("writing into a tensor does not change the file")
    func privatePages() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "a.safetensors")
            try SafetensorsFile.write([("a", Tensor([1, 2, 3]))], to: url)
            let before = try Data(contentsOf: url)
            try SafetensorsFile(url)["a"]?.fillInPlace(9)
            #expect(try Data(contentsOf: url) == before)
        }
    }

    @Test("a file that cannot be written leaves the old one, and says why")
    func unwritable() throws {
        try withTemporaryFolder { folder in
            let missing = folder.appending(path: "none/a.safetensors")
            let error = #expect(throws: TorchError.self) { try SafetensorsFile.write([], to: missing) }
            #expect(error?.message.hasPrefix("\(missing.path): cannot create the file: No such file") == true)
            // A folder in the way fails at the last moment: nothing may be left aside.
            let taken = folder.appending(path: "taken")
            try FileManager.default.createDirectory(
                at: taken.appending(path: "inside"), withIntermediateDirectories: true)
            #expect(throws: TorchError.self) { try SafetensorsFile.write([], to: taken) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["taken"])
        }
    }

    @Test("a killed writer leaves a name that the next start removes, and the old file")
    func killedWriter() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "pushforward-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let url = folder.appending(path: "weights.safetensors")
        try SafetensorsFile.write([("a", Tensor([1, 2, 3]))], to: url)
        await #expect(processExitsWith: .failure) { [path = url.path as String] in
            dieBeyondFileSize(1000)
            try SafetensorsFile.write([("a", Tensor.zeros([1 << 12]))], to: URL(filePath: path))
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.count == 2)
        #expect(names.filter(Leftover.isAbandoned).count == 1)
        #expect(try SafetensorsFile(url).tensors.count == 1)
    }

    @Test("a symbolic link stays, and the weights that it leads to are replaced; a read-only file is refused")
    func links() throws {
        try withTemporaryFolder { folder in
            let (file, link) = (folder.appending(path: "a.safetensors"), folder.appending(path: "link"))
            try SafetensorsFile.write([("a", Tensor([1, 2, 3]))], to: file)
            try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: "a.safetensors")
            try SafetensorsFile.write([("b", Tensor([4]))], to: link)
            #expect(try SafetensorsFile(file)["b"]?.intItem() == 4)
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == "a.safetensors")
            try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: file.path)
            let error = #expect(throws: TorchError.self) { try SafetensorsFile.write([], to: link) }
            #expect(error?.message.hasPrefix("\(link.path): cannot replace the read-only file") == true)
        }
    }

    @Test("a file that cannot be opened says why")
    func unreadable() throws {
        try withTemporaryFolder { folder in
            let missing = folder.appending(path: "none.safetensors")
            let absent = #expect(throws: TorchError.self) { try SafetensorsFile(missing) }
            #expect(absent?.code == .invalidFile)
            #expect(absent?.message.hasPrefix("\(missing.path): cannot open the file: No such file") == true)
            let directory = #expect(throws: TorchError.self) { try SafetensorsFile(folder) }
            #expect(directory?.message.contains("is not a regular file") == true)
        }
    }
}

@Suite("Broken safetensors files")
struct BrokenSafetensorsTests {
    /// A file with this header and that many bytes of data.
    struct Broken: CustomTestStringConvertible, Sendable {
        let header: String
        let data: Int
        let message: String

        init(_ header: String, data: Int = 0, _ message: String) {
            (self.header, self.data, self.message) = (header, data, message)
        }

        var testDescription: String { message }
    }

    private static func tensor(_ name: String, _ dtype: String = "F32", _ shape: String = "[1]", _ range: String)
        -> String
    {
        #""\#(name)":{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":\#(range)}"#
    }

    static let broken: [Broken] = [
        // Syntax
        Broken("", "does not begin with {"),
        Broken(" {}", "does not begin with {"),
        Broken("{", "expected a name at byte 8"),
        Broken("{}}", "expected the end at byte 2"),
        Broken("{\"a\" 1}", "expected : at byte 5"),
        Broken("{a:1}", "expected a name at byte 1"),
        Broken("{\"a\":1,}", "expected a name at byte 7"),
        Broken("{\"a\":-1}", "expected an object, an array, a string or a whole number at byte 5"),
        Broken("{\"a\":01}", "expected a whole number"),
        Broken("{\"a\":1.5}", "expected a whole number"),
        Broken("{\"a\":99999999999999999999}", "expected a whole number of 64 bits"),
        Broken("{\"a\":null}", "expected an object, an array, a string or a whole number"),
        Broken("{\"a", "expected \" at byte 8"),
        Broken("{\"\\x\":1}", "expected an escape sequence"),
        Broken("{\"\\u12\":1}", "expected four hexadecimal digits"),
        Broken("{\"\\u+123\":1}", "expected four hexadecimal digits"),
        Broken("{\"\\ud800\\u0041\":1}", "expected a character"),
        Broken("{\"\u{1}\":1}", "expected no control character"),
        Broken("{\"a\":[[[[[[[[[1]]]]]]]]]}", "expected fewer brackets inside of each other"),
        // Fields
        Broken("{\"a\":1}", "the tensor 'a' is not described by dtype, shape and data_offsets"),
        Broken("{\"a\":{\"dtype\":\"F32\",\"shape\":[]}}", "'a' is not described by dtype, shape and data_offsets"),
        Broken("{\(tensor("a", "[0,4]")),\(tensor("a", "[4,8]"))}", data: 8, "the name 'a' occurs twice"),
        Broken("{\(tensor("a", "[0,4]")),\(tensor("\\u0061", "[4,8]"))}", data: 8, "the name 'a' occurs twice"),
        Broken("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", "the name 'dtype' occurs twice"),
        Broken("{\(tensor("a", "F32", "[\"1\"]", "[0,4]"))}", data: 4, "of the tensor 'a' is of the wrong kind"),
        Broken("{\(tensor("a", "F32", "[1]", "[0,4,8]"))}", data: 4, "of the tensor 'a' is of the wrong kind"),
        Broken(
            "{\(tensor("a", "C64", "[1]", "[0,8]"))}", data: 8, "the tensor 'a' has the dtype C64. Supported are F32,"),
        Broken("{\"__metadata__\":1}", "its metadata is not an object"),
        Broken("{\"__metadata__\":{\"a\":1}}", "the value of 'a' in its metadata is not text"),
        // Places
        Broken(
            "{\(tensor("a", "F32", "[2]", "[0,4]"))}", data: 4, "'a', F32 [2], does not fit in the bytes from 0 to 4"),
        Broken(
            "{\(tensor("a", "F32", "[1]", "[4,0]"))}", data: 4, "'a', F32 [1], does not fit in the bytes from 4 to 0"),
        Broken(
            "{\(tensor("a", "F32", "[4611686018427387904,4]", "[0,0]"))}",
            "'a', F32 [4611686018427387904, 4], does not fit in the bytes"),
        Broken("{\(tensor("a", "[0,4]")),\(tensor("b", "[0,4]"))}", data: 4, "the tensors 'a' and 'b' overlap"),
        Broken(
            "{\(tensor("b", "[4,8]")),\(tensor("a", "[0,4]")),\(tensor("c", "[6,10]"))}", data: 10,
            "'b' and 'c' overlap"),
        Broken("{\(tensor("a", "[4,8]"))}", data: 8, "4 bytes before the tensor 'a' are not used"),
        Broken("{\(tensor("a", "[0,4]"))}", data: 3, "the tensors take 4 bytes, but it holds only 3: it is cut off"),
        Broken("{\(tensor("a", "[0,4]"))}", data: 5, "1 bytes follow after the last tensor"),
        Broken("{}", data: 1, "1 bytes follow after the last tensor"),
    ]

    private static func tensor(_ name: String, _ range: String) -> String { tensor(name, "F32", "[1]", range) }

    @Test("each is refused with its fault", arguments: broken)
    func faults(_ file: Broken) throws {
        // Blanks, which the format allows, keep the data aligned.
        let padding = file.header.isEmpty ? 0 : (8 - file.header.utf8.count % 8) % 8
        let header = Data(file.header.utf8) + Data(repeating: 0x20, count: padding)
        try expectFault(file.message, in: Self.size(header.count) + header + Data(count: file.data))
    }

    @Test("tensors at odd places, which others write and read, are read", arguments: 0..<8)
    func oddPlaces(_ padding: Int) throws {
        try withTemporaryFolder { folder in
            let text = "{\(Self.tensor("a", "U8", "[1]", "[0,1]")),\(Self.tensor("b", "F32", "[2]", "[1,9]"))}"
            let header = Data(text.utf8) + Data(repeating: 0x20, count: padding)
            let numbers = withUnsafeBytes(of: (Float(1.5), Float(-2))) { Data($0) }
            let url = folder.appending(path: "odd.safetensors")
            try (Self.size(header.count) + header + Data([7]) + numbers).write(to: url)
            let file = try SafetensorsFile(url)
            #expect(file["a"]?.scalars(as: UInt8.self) == [7])
            #expect(file["b"]?.scalars(as: Float.self) == [1.5, -2])
        }
    }

    @Test("a header without its bytes is refused")
    func sizes() throws {
        try expectFault("it has 0 bytes, fewer than the 8 that say how long the header is", in: Data())
        try expectFault("it has 7 bytes", in: Data(count: 7))
        try expectFault(
            "its header should have 3 bytes, but only 2 follow: it is cut off", in: Self.size(3) + Data("{}".utf8))
        try expectFault("exceeds the format's limit of 100000000", in: Self.size(100_000_001) + Data("{}".utf8))
        try expectFault("exceeds the format's limit", in: Data(repeating: 0xff, count: 16))
        try expectFault(
            "expected text in UTF-8", in: Self.size(6) + Data("{\"".utf8) + Data([0xff]) + Data("\":1".utf8))
    }

    @Test("every beginning of a good file is refused")
    func truncated() throws {
        let good = try Data(contentsOf: fixtures().appending(path: "python.safetensors"))
        for length in stride(from: 0, to: good.count, by: 13) {
            try expectFault(length < 8 ? "fewer than" : "is cut off", in: good.prefix(length))
        }
    }

    private static func size(_ count: Int) -> Data { withUnsafeBytes(of: UInt64(count).littleEndian) { Data($0) } }

    private func expectFault(
        _ message: String, in content: Data, _ location: SourceLocation = #_sourceLocation
    ) throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "broken.safetensors")
            try content.write(to: url)
            let error = #expect(throws: TorchError.self, sourceLocation: location) { try SafetensorsFile(url) }
            let text = error?.message ?? ""
            #expect(text.hasPrefix("\(url.path): not a valid safetensors file: "), sourceLocation: location)
            #expect(text.contains(message), sourceLocation: location)
        }
    }
}
