import TestSupport
import Testing
import Torch

@Suite("Gradients")
struct GradientTests {
    private let x = Tensor([0.5, -1, 2] as [Double])

    private func leaf() -> Tensor { x.clone().requiringGrad() }

    @Test("agree with closed forms")
    func closedForms() {
        let cases: [(function: (Tensor) -> Tensor, derivative: (Tensor) -> Tensor)] = [
            ({ $0.square() }, { 2 * $0 }),
            ({ $0.exp() }, { $0.exp() }),
            ({ $0.sigmoid() }, { $0.sigmoid() * (1 - $0.sigmoid()) }),
            ({ $0.silu() }, { $0.sigmoid() * (1 + $0 * (1 - $0.sigmoid())) }),
            ({ $0 * $0.sin() / 3 }, { ($0.sin() + $0 * $0.cos()) / 3 }),
        ]
        for (function, derivative) in cases {
            let leaf = leaf()
            assertClose(gradients(of: function(leaf).sum(), withRespectTo: [leaf])[0], derivative(x), relative: 1e-12)
        }
    }

    @Test("of a matrix product with respect to both factors")
    func product() {
        let source = RandomSource(Seed(1))
        let a = Tensor.randn([3, 4], using: source, dtype: .float64).requiringGrad()
        let b = Tensor.randn([4, 2], using: source, dtype: .float64).requiringGrad()
        let weights = Tensor.randn([3, 2], using: source, dtype: .float64)
        let found = gradients(of: (a.matmul(b) * weights).sum(), withRespectTo: [a, b])
        assertClose(found[0], weights.matmul(b.detach().mT), relative: 1e-12)
        assertClose(found[1], a.detach().mT.matmul(weights), relative: 1e-12)
        #expect(a.grad == nil)
    }

    @Test("with a seed are products of a vector and the Jacobian")
    func vectorJacobian() {
        let leaf = leaf()
        let p = x.softmax(0)
        let seed = Tensor([1, 2, -1] as [Double])
        // The Jacobian of softmax is diag(p) - p pᵀ.
        let jacobian = p.diagEmbed() - p.outer(p)
        assertClose(
            gradients(of: leaf.softmax(0), withRespectTo: [leaf], seed: seed)[0], seed.matmul(jacobian), relative: 1e-12
        )
    }

    @Test("can be differentiated again, and again")
    func higher() {
        let leaf = leaf()
        let first = gradients(of: leaf.sin().sum(), withRespectTo: [leaf], createGraph: true)[0]
        let second = gradients(of: first.sum(), withRespectTo: [leaf], createGraph: true)[0]
        let third = gradients(of: second.sum(), withRespectTo: [leaf])[0]
        assertClose(first.detach(), x.cos(), relative: 1e-12)
        assertClose(second.detach(), -x.sin(), relative: 1e-12)
        assertClose(third, -x.cos(), relative: 1e-12)
    }

    @Test("accumulate in leaves until they are forgotten")
    func backward() {
        let leaf = leaf()
        leaf.square().sum().backward()
        leaf.square().sum().backward()
        assertClose(leaf.grad ?? Tensor(0), 4 * x, relative: 1e-12)
        leaf.grad = nil
        #expect(leaf.grad == nil)
        (leaf * 3).backward(x)
        assertClose(leaf.grad ?? Tensor(0), 3 * x, relative: 1e-12)
    }

    @Test("need a graph: it is freed by use, unless retained")
    func retained() {
        let leaf = leaf()
        let loss = leaf.square().sum()
        loss.backward(retainGraph: true)
        loss.backward()
        let error = #expect(throws: TorchError.self) { try catchingTorchErrors { loss.backward() } }
        #expect(error?.message.contains("backward through the graph a second time") == true)
    }

    @Test("with respect to what takes no part are an error")
    func unrelated() {
        let error = #expect(throws: TorchError.self) {
            try catchingTorchErrors { gradients(of: leaf().sum(), withRespectTo: [leaf()]) }
        }
        #expect(error?.message.contains("appears to not have been used in the graph") == true)
    }

    @Test("stop at detach, and at what does not require them")
    func stops() {
        let leaf = leaf()
        let product = leaf.detach() * leaf
        assertClose(gradients(of: product.sum(), withRespectTo: [leaf])[0], x, relative: 1e-12)
        #expect(!(leaf.detach() * 2).requiresGrad && !leaf.requiringGrad(false).requiresGrad)
    }

    @Test("are recorded by the innermost scope, also after an error")
    func scopes() {
        struct Stop: Error {}
        let leaf = leaf()
        func recorded() -> Bool { (leaf * 2).requiresGrad }
        #expect(recorded())
        withoutGradients {
            #expect(!recorded())
            withGradients {
                #expect(recorded())
                withoutGradients { #expect(!recorded()) }
                #expect(recorded())
            }
            #expect(!recorded())
        }
        #expect(throws: Stop.self) { try withoutGradients { throw Stop() } }
        #expect(recorded())
    }
}

@Suite("Gradients in closed form attached to a value")
struct AttachedGradientTests {
    private let x = Tensor.arange(6, dtype: .float32).reshape(2, 3)
    private let declared = Tensor([1, 2, 3, 40, 50, 60] as [Float], shape: [2, 3])

    @Test("leave the value and scale with what comes after, example by example")
    func scaled() {
        let leaf = x.clone().requiringGrad()
        let value = leaf.attachingGradient(declared, to: Tensor([5, 7] as [Float]))
        #expect(value.scalars(as: Float.self) == [5, 7])
        let weights = Tensor([2, -1] as [Float])
        (value * weights).sum().backward()
        assertEqual(leaf.grad ?? Tensor(0), declared * weights.unsqueeze(1))
    }

    @Test("flow on to what made x")
    func chained() {
        let leaf = x.clone().requiringGrad()
        (leaf * 3).attachingGradient(declared, to: .zeros([2])).mean().backward()
        assertClose(leaf.grad ?? Tensor(0), declared * 1.5)
    }

    @Test("arrive in the type of x")
    func types() {
        let leaf = x.to(.bfloat16).requiringGrad()
        leaf.attachingGradient(declared, to: .zeros([2])).sum().backward()
        #expect(leaf.grad?.dtype == .bfloat16)
    }

    @Test("are refused in another shape")
    func shapes() {
        let gradient = #expect(throws: TorchError.self) {
            try catchingTorchErrors { x.attachingGradient(.zeros([2, 4]), to: .zeros([2])) }
        }
        #expect(gradient?.message.contains("the gradient has shape [2, 4], x has [2, 3]") == true)
        let value = #expect(throws: TorchError.self) {
            try catchingTorchErrors { x.attachingGradient(declared, to: .zeros([3])) }
        }
        #expect(value?.message.contains("the value must have shape [2], not [3]") == true)
    }
}

@Suite("Autocast")
struct AutocastTests {
    private let a = Tensor.ones([2, 2])

    @Test("shortens products, keeps what needs precision, and ends with its scope")
    func types() {
        withAutocast(.bfloat16) {
            #expect(a.matmul(a).dtype == .bfloat16)
            #expect(a.linear(a).dtype == .bfloat16)
            #expect(a.matmul(a).square().dtype == .bfloat16)
            #expect(a.matmul(a).crossEntropy(Tensor([0, 1])).dtype == .float32)
            withoutAutocast { #expect(a.matmul(a).dtype == .float32) }
            #expect(a.matmul(a).dtype == .bfloat16)
            withAutocast(nil) { #expect(a.matmul(a).dtype == .bfloat16) }
        }
        #expect(a.matmul(a).dtype == .float32)
        withAutocast(nil) { #expect(a.matmul(a).dtype == .float32) }
    }

    @Test("ends also when an error leaves it")
    func errors() {
        struct Stop: Error {}
        #expect(throws: Stop.self) { try withAutocast(.bfloat16) { throw Stop() } }
        #expect(a.matmul(a).dtype == .float32)
    }

    @Test("gives gradients in the type of the weights")
    func gradients() {
        let weight = Tensor.ones([2, 2]).requiringGrad()
        let loss = withAutocast(.bfloat16) { a.linear(weight).to(.float32).sum() }
        loss.backward()
        #expect(weight.grad?.dtype == .float32)
        #expect(weight.grad?.scalars(as: Float.self) == [2, 2, 2, 2])
    }

    @Test("sees weights that were changed between two scopes")
    func cache() {
        let weight = Tensor.ones([2, 2]).requiringGrad()
        let before = withAutocast(.bfloat16) { a.linear(weight).sum().item() }
        weight.fillInPlace(3)
        #expect(withAutocast(.bfloat16) { a.linear(weight).sum().item() } == 3 * before)
    }
}
