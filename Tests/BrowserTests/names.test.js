import { nameOf, splitAccount } from "/assets/names.js";
import { equal, test } from "./harness.js";

test("names: a guest's account is a name and a tag", () => {
    equal(splitAccount("Ann-Weir-x7k2mq"), { name: "Ann Weir", tag: "x7k2mq" });
    equal(splitAccount("Bob-abcdef"), { name: "Bob", tag: "abcdef" });
});

test("names: any other account is its own name", () => {
    for (const account of ["test1", "Ann-Weir", "x-ABCDEF", "-abcdef", "a-abcdefg", ""]) {
        equal(nameOf(account), account);
    }
});
