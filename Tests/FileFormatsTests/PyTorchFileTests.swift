import FileFormats
import Foundation
import Testing

@Suite("State dicts of PyTorch") struct PyTorchFileTests {
    @Test("All forms hold what NumPy says", arguments: ["archive", "stream", "protocol4"])
    func values(form: String) throws {
        let expected = try NumpyArchive(contentsOf: Fixture.url("pytorch.npz")).arrays
        let arrays = try PyTorchFile(contentsOf: Fixture.url("pytorch-\(form).pth")).arrays
        #expect(arrays.keys.sorted() == expected.keys.sorted())
        for (name, array) in expected { #expect(arrays[name] == array, "\(name)") }
    }

    @Test(
        "What is no dictionary of tensors is refused by name, and nothing is executed",
        arguments: [
            ("module", FileError.Code.unsupported, "torch.nn.modules.container.Sequential"),
            ("command", .unsupported, "posix.system"), ("command-stream", .unsupported, "posix.system"),
            ("list", .mismatch, "a list, not a dictionary"), ("nested", .mismatch, "a dictionary under 'state_dict'"),
            ("bfloat16", .unsupported, "'weight' has elements of type bfloat16"),
        ])
    func refused(file: String, code: FileError.Code, words: String) {
        let error = expectFileError(code) { _ = try PyTorchFile(contentsOf: Fixture.url("pytorch-\(file).pth")) }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        #expect(error?.description.contains("pytorch-\(file).pth") == true)
    }

    @Test("Whole checkpoints refuse by name what would run, too, and hold state dicts inside of dictionaries")
    func checkpoints() throws {
        for (file, words) in [
            ("module", "torch.nn.modules.container.Sequential"), ("command", "posix.system"),
            ("command-stream", "posix.system"),
        ] {
            let error = expectFileError(.unsupported) {
                _ = try PyTorchCheckpoint(contentsOf: Fixture.url("pytorch-\(file).pth"))
            }
            #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        }
        guard case .dictionary(let root) = try PyTorchCheckpoint(contentsOf: Fixture.url("pytorch-nested.pth")).root,
            case .dictionary(let state)? = root["state_dict"]
        else {
            Issue.record("pytorch-nested.pth holds no state_dict")
            return
        }
        #expect(!state.isEmpty)
        for form in ["archive", "stream", "protocol4"] {
            let arrays = try PyTorchFile(contentsOf: Fixture.url("pytorch-\(form).pth")).arrays
            guard
                case .dictionary(let tensors) = try PyTorchCheckpoint(
                    contentsOf: Fixture.url("pytorch-\(form).pth")
                ).root
            else {
                Issue.record("\(form)")
                continue
            }
            #expect(Set(tensors.keys) == Set(arrays.keys))
            for case (let name, .tensor(let tensor)) in tensors {
                var bytes = [UInt8](repeating: 0, count: tensor.byteCount)
                try bytes.withUnsafeMutableBytes { try tensor.read(into: $0) }
                let array = try #require(arrays[name])
                #expect(array.bytes == bytes && array.shape == tensor.shape, "\(name)")
            }
        }
    }

    @Test("Dictionaries that hold themselves are refused, not followed")
    func circles() throws {
        let scratch = try Scratch()
        let head = try Array(Fixture.bytes("pytorch-stream.pth").prefix(15))
        let version: [UInt8] = [0x80, 2, 0x4D, 0xE9, 3, 0x2E, 0x80, 2, 0x7D, 0x2E]
        // d = {}; d["a"] = d
        let circle: [UInt8] = [0x80, 2, 0x7D, 0x71, 0, 0x58, 1, 0, 0, 0, 0x61, 0x68, 0, 0x73, 0x2E]
        let file = try scratch.file("circle.pth", head + version + circle + [0x80, 2, 0x5D, 0x2E])
        expectFileError(.unsupported) { _ = try PyTorchCheckpoint(contentsOf: file) }
    }

    @Test("A file that is cut anywhere is an error", arguments: ["archive", "stream"])
    func cut(form: String) throws {
        let scratch = try Scratch()
        let bytes = try Fixture.bytes("pytorch-\(form).pth")
        for count in stride(from: 0, to: bytes.count, by: 37) {
            let file = try scratch.file("cut.pth", Array(bytes.prefix(count)))
            #expect(throws: FileError.self, "\(count) bytes") { _ = try PyTorchFile(contentsOf: file) }
        }
    }

    @Test("A damaged file is an error or other numbers, never a crash")
    func damage() throws {
        let scratch = try Scratch()
        var random = FixedRandom(1)
        let bytes = try Fixture.bytes("pytorch-stream.pth")
        for _ in 0..<2000 {
            var damaged = bytes
            for _ in 0..<4 {
                damaged[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            let file = try scratch.file("damaged.pth", damaged)
            do { _ = try PyTorchFile(contentsOf: file) } catch is FileError {}
        }
    }

    @Test("Values nested without end are refused, not followed until the stack overflows")
    func nesting() throws {
        let scratch = try Scratch()
        let head = try Array(Fixture.bytes("pytorch-stream.pth").prefix(15))
        let version: [UInt8] = [0x80, 2, 0x4D, 0xE9, 3, 0x2E, 0x80, 2, 0x7D, 0x2E]
        let tuples = [UInt8](repeating: 0x85, count: 1_000_000)
        let file = try scratch.file("deep.pth", head + version + [0x80, 2, 0x29] + tuples + [0x2E])
        expectFileError(.unsupported) { _ = try PyTorchFile(contentsOf: file) }
    }

    @Test("Other files are refused for what they are")
    func others() throws {
        let scratch = try Scratch()
        expectFileError(.missing) { _ = try PyTorchFile(contentsOf: scratch.url("none.pth")) }
        expectFileError(.empty) { _ = try PyTorchFile(contentsOf: scratch.file("empty.pth", [])) }
        expectFileError(.corrupt) { _ = try PyTorchFile(contentsOf: Fixture.url("rgb.png")) }
        expectFileError(.mismatch) { _ = try PyTorchFile(contentsOf: Fixture.url("samples.npz")) }
        expectFileError(.tooLarge) { _ = try PyTorchFile(contentsOf: Fixture.url("pytorch-stream.pth"), limit: 100) }
    }
}
