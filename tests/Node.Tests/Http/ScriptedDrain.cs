using CubeActors.Actors;

namespace CubeActors.Node.Tests;

/// <summary>A drain that says what the test has set, and notes what it is told.</summary>
internal sealed class ScriptedDrain : INodeDrain
{
    public DrainStatus Status { get; set; } = DrainStatus.None;

    public string? Refusal { get; set; }

    public List<string> Orders { get; } = [];

    public string? Begin() => Take("begin");

    public string? Cancel() => Take("cancel");

    private string? Take(string order)
    {
        Orders.Add(order);
        return Refusal;
    }
}
