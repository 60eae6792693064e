import FileFormats
import Foundation
import TestSupport
import Testing

@Suite("NumPy arrays")
struct NumpyArrayTests {
    private let grid = NumpyArray((0..<24).map(Float.init), shape: [2, 3, 4])

    @Test("What is written is what NumPy writes, byte for byte", arguments: NumpyArray.ElementType.allCases)
    func sameBytes(type: NumpyArray.ElementType) throws {
        let bytes = try Fixture.bytes("dtype-\(type.name).npy")
        let array = try NumpyArray(decoding: bytes, name: "array")
        #expect(array.elementType == type)
        #expect(array.shape == [2, 3])
        #expect(array.npyData() == bytes)
    }

    @Test(
        "Shapes of no, one and empty extents are written as NumPy does",
        arguments: ["scalar", "empty", "luma", "big-endian"])
    func sameShapes(name: String) throws {
        let bytes = try Fixture.bytes("\(name).npy")
        let array = try NumpyArray(decoding: bytes, name: name)
        if name != "big-endian" { #expect(array.npyData() == bytes) }
    }

    @Test(
        "Fortran order, big-endian elements and newer versions hold the same array",
        arguments: ["fortran", "big-endian", "version-2", "version-3"])
    func layouts(name: String) throws {
        #expect(try NumpyArray(contentsOf: Fixture.url("\(name).npy")) == grid)
    }

    @Test("Values come back as they went in")
    func values() throws {
        let numbers: [Int64] = [.min, -1, 0, 7, .max]
        let array = try NumpyArray(decoding: NumpyArray(numbers).npyData(), name: "array")
        #expect(array.values(as: Int64.self) == numbers)
        #expect(array.integers == numbers.map(Int.init))
        #expect(NumpyArray([true, false]).integers == [1, 0])
        #expect(NumpyArray([Float16(0.5)]).doubles == [0.5])
        #expect(NumpyArray([Float(0.5)]).integers == nil)
    }

    @Test("A single element and an array without elements are read")
    func extremes() throws {
        let scalar = try NumpyArray(contentsOf: Fixture.url("scalar.npy"))
        #expect(scalar.shape.isEmpty)
        #expect(scalar.values(as: Double.self) == [2.5])
        #expect(try NumpyArray(contentsOf: Fixture.url("empty.npy")).shape == [0, 5])
    }

    @Test("Python objects are refused, and the reason is given")
    func objects() {
        let error = expectFileError(.unsupported) { _ = try NumpyArray(contentsOf: Fixture.url("objects.npy")) }
        #expect(error?.problem.contains("never loaded as they can run code") == true)
    }

    @Test(
        "Other dtypes are named with what to convert to",
        arguments: [("structured", "structured"), ("complex", "complex numbers (dtype '<c8')")])
    func dtypes(name: String, mention: String) {
        let error = expectFileError(.unsupported) { _ = try NumpyArray(contentsOf: Fixture.url("\(name).npy")) }
        #expect(error?.problem.contains(mention) == true)
    }

    @Test("An array that is cut short anywhere is an error")
    func truncated() throws {
        let whole = try Fixture.bytes("fortran.npy")
        for length in 1..<whole.count {
            expectFileError(.truncated) { _ = try NumpyArray(decoding: Array(whole.prefix(length)), name: "short.npy") }
        }
        expectFileError(.empty) { _ = try NumpyArray(decoding: [], name: "nothing.npy") }
    }

    @Test(
        "Headers that lie are errors",
        arguments: [
            "{'descr': '<f4', 'fortran_order': False, 'shape': (3037000500, 3037000500), }",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
            "{'descr': '<f4', 'fortran_order': False, 'shape': 6, }",
            "{'descr': '<f4', 'fortran_order': 0, 'shape': (6,), }",
            "{'descr': '<f4', 'shape': (6,), }",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), 'shape': (6,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (6,)",
            "__import__('os')", "", String(repeating: "(", count: 1000),
        ])
    func lies(header: String) {
        let text = Array((header + "\n").utf8)
        let start: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.count & 255), UInt8(text.count >> 8)]
        let zeros = [UInt8](repeating: 0, count: 24)
        expectFileError(.corrupt) { _ = try NumpyArray(decoding: start + text + zeros, name: "lie.npy") }
    }

    @Test("Headers of older programs are read")
    func oldHeaders() throws {
        // Python 2 wrote long integers, and other writers order the keys as they like.
        let text = Array("{\"shape\":(2L,3L),'fortran_order':False,'descr':'<f4'}\n".utf8)
        let start: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.count), 0]
        #expect(try NumpyArray(decoding: start + text + [UInt8](repeating: 0, count: 24), name: "old").shape == [2, 3])
    }

    @Test("More bytes than the shape needs are an error")
    func trailing() throws {
        let bytes = grid.npyData() + [0]
        expectFileError(.corrupt) { _ = try NumpyArray(decoding: bytes, name: "long.npy") }
    }

    @Test("Something else than an array says so")
    func otherFile() {
        let error = expectFileError(.corrupt) { _ = try NumpyArray(contentsOf: Fixture.url("rgb.png")) }
        #expect(error?.problem == "is not a .npy array")
    }
}

@Suite("NumPy archives")
struct NumpyArchiveTests {
    @Test("What savez and savez_compressed wrote is read", arguments: ["samples", "samples-compressed"])
    func reading(name: String) throws {
        let archive = try NumpyArchive(contentsOf: Fixture.url("\(name).npz"))
        #expect(try archive.array("arr_0", elementType: .uint8).shape == [2, 4, 5, 3])
        #expect(try archive.array("arr_1").values(as: Int64.self) == [3, 7])
        let other = try NumpyArchive(contentsOf: Fixture.url("samples.npz"))
        #expect(archive.arrays == other.arrays)
    }

    @Test(
        "What is written is read again, and is the same every time",
        arguments: [NumpyArchive.Compression.stored, .deflated])
    func roundTrip(compression: NumpyArchive.Compression) throws {
        let scratch = try Scratch()
        let pixels = NumpyArray((0..<7680).map { UInt8($0 & 255) }, shape: [10, 16, 16, 3])
        let archive = NumpyArchive([pixels, NumpyArray((0..<10).map(Int64.init))])
        try archive.write(to: scratch.url("a.npz"), compression: compression)
        try archive.write(to: scratch.url("b.npz"), compression: compression)
        #expect(try NumpyArchive(contentsOf: scratch.url("a.npz")).arrays == archive.arrays)
        #expect(try Data(contentsOf: scratch.url("a.npz")) == Data(contentsOf: scratch.url("b.npz")))
        #expect(try scratch.names == ["a.npz", "b.npz"])
        if compression == .deflated { #expect(try Data(contentsOf: scratch.url("a.npz")).count < 2000) }
    }

    @Test(
        "numpy.load reads what is written", .enabled(if: Python.hasNumpy, "python3 with numpy is needed"),
        arguments: [NumpyArchive.Compression.stored, .deflated])
    func numpyReads(compression: NumpyArchive.Compression) throws {
        let scratch = try Scratch()
        let url = scratch.url("samples.npz")
        let pixels = NumpyArray((0..<7680).map { UInt8($0 & 255) }, shape: [10, 16, 16, 3])
        let archive = NumpyArchive([
            "arr_0": pixels, "arr_1": NumpyArray((0..<10).map(Int64.init)), "été": NumpyArray([0.5]),
        ])
        try archive.write(to: url, compression: compression)
        let script = """
            import sys, zipfile, numpy as np
            assert zipfile.ZipFile(sys.argv[1]).testzip() is None
            file = np.load(sys.argv[1])
            assert (file["arr_0"] == (np.arange(7680) & 255).astype(np.uint8).reshape(10, 16, 16, 3)).all()
            assert file["arr_1"].dtype == np.int64 and (file["arr_1"] == np.arange(10)).all()
            print(sorted(file.files), file["été"])
            """
        #expect(try Python.run(script, url.path(percentEncoded: false)) == "['arr_0', 'arr_1', 'été'] [0.5]\n")
    }

    @Test("Arrays that are asked for by name are read beside objects that are refused")
    func selection() throws {
        let url = Fixture.url("with-objects.npz")
        #expect(try NumpyArchive(contentsOf: url, names: ["good"]).array("good").integers == [0, 1, 2])
        let error = expectFileError(.unsupported) { _ = try NumpyArchive(contentsOf: url) }
        #expect(error?.file == url.path(percentEncoded: false) + ":bad.npy")
    }

    @Test("Further arrays, text, objects or broken ones, neither stop those that are asked for nor are read")
    func others() throws {
        let scratch = try Scratch()
        let good = NumpyArray([Int64(7), 8])
        let url = try scratch.file(
            "mixed.npz",
            OddFiles.zip([
                .init("text.npy".utf8, OddFiles.npy("<U3", "(2,)", [UInt8](repeating: 0, count: 24))),
                .init("huge.npy".utf8, OddFiles.npy("<f8", "(999999999999,)", [1, 2])),
                .init("good.npy".utf8, good.npyData()), .init("notes.txt".utf8, [1]),
            ]))
        #expect(try NumpyArchive(contentsOf: url, names: ["good"]).arrays == ["good": good])
        let found = try NumpyArchive(contentsOf: url, ifPresent: ["good", "labels"])
        #expect(found.arrays == ["good": good] && found.names == ["good", "huge", "text"])
        #expect(try NumpyLayout.arrays(in: url).keys.sorted() == ["good", "huge"])
        let missing = expectFileError(.mismatch) { _ = try found.array("labels") }
        #expect(missing?.problem == "has no array 'labels': it has 'good', 'huge', 'text'")
        // A claim of 8 TB in a file of some bytes takes no memory.
        expectFileError(.truncated) { _ = try NumpyArchive(contentsOf: url, names: ["huge"]) }
        let twice = try scratch.file(
            "twice.npz", OddFiles.zip([.init("a.npy".utf8, good.npyData()), .init("a.npy".utf8, good.npyData())]))
        expectFileError(.corrupt) { _ = try NumpyArchive(contentsOf: twice, names: ["a"]) }
    }

    @Test("Numbers of 64 bits without sign that are too large are no integers")
    func unsigned() {
        #expect(NumpyArray([UInt64(1) << 63]).integers == nil)
        #expect(NumpyArray([UInt64.max >> 1]).integers == [.max])
        #expect(NumpyArray([UInt64(1) << 63]).doubles == [0x1p63])
        #expect(NumpyArray([Int8(-3)]).integers == [-3] && NumpyArray([UInt16.max]).integers == [65_535])
    }

    @Test("A missing array and a wrong dtype say what is there")
    func mismatch() throws {
        let url = Fixture.url("statistics.npz")
        let missing = expectFileError(.mismatch) { _ = try NumpyArchive(contentsOf: url, names: ["mean"]) }
        #expect(missing?.problem == "has no array 'mean': it has 'mu', 'sigma'")
        let archive = try NumpyArchive(contentsOf: url)
        expectFileError(.mismatch) { _ = try archive.array("mean") }
        let wrong = expectFileError(.mismatch) { _ = try archive.array("mu", elementType: .float32) }
        #expect(wrong?.problem == "'mu' is float64, not float32")
    }

    @Test("A file that is cut short or empty is an error")
    func truncated() throws {
        let scratch = try Scratch()
        let whole = try Fixture.bytes("samples.npz")
        for length in [0, 1, 40, 300, whole.count - 30, whole.count - 1] {
            let url = try scratch.file("short.npz", Array(whole.prefix(length)))
            #expect(throws: FileError.self) { _ = try NumpyArchive(contentsOf: url, names: ["arr_0", "arr_1"]) }
        }
    }
}
