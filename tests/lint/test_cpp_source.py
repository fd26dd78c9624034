"""The counter of C++ functions: a rule is worth what its measure is."""

from __future__ import annotations

from cpp_source import functions, includes

SOURCE = '''\
#include "http/url.hpp"
#  include <vector>
// #include <not/this>

namespace a {
namespace {

constexpr int table[] = {
    1,
    2,
};

// a comment with a brace {
struct Row final : Base {
    int f() const { return '{'; }
    void g()
    {
        auto lambda = [] {
            return "}";
        };
    }
    int many = 1'000'000;
};

class alignas(64) Line {
    long words[8];
};

enum class Colour : int { red, green };

}  // namespace

struct Thing* make(struct Other* other)
{
    const char* raw = R"(}})";
    for (;;) {
        if (other) { break; }
    }
    return nullptr;
}

Thing::Thing(int x) : x_{x},
                      y_(x)
{
    run();
}

extern "C" {
int c_function(void) { return 0; }
}

constexpr auto squares = [](int n) {
    return n * n;
};

}  // namespace a
'''


def test_finds_functions_and_counts_their_lines():
    found = {f.signature.split("(")[0].split()[-1].strip("*"): f.lines for f in functions(SOURCE)}
    assert found["f"] == 1
    assert found["g"] == 6
    assert found["make"] == 8
    assert found["c_function"] == 1
    assert found["[]"] == 3


def test_a_constructor_counts_from_its_initialisers_on():
    constructor = [f for f in functions(SOURCE) if "y_" in f.signature]
    assert [f.lines for f in constructor] == [5]


def test_tells_the_line_where_a_function_begins():
    (make,) = [f for f in functions(SOURCE) if "make" in f.signature]
    assert SOURCE.splitlines()[make.line - 1].startswith("struct Thing* make")


def test_namespaces_types_and_data_are_no_functions():
    signatures = " ".join(f.signature for f in functions(SOURCE))
    for word in ("namespace", "enum", "table", "final", "Line"):
        assert word not in signatures


def test_lists_includes():
    assert [(i.line, i.name, i.own) for i in includes(SOURCE)] == [
        (1, "http/url.hpp", True),
        (2, "vector", False),
    ]
