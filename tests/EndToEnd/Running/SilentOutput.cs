namespace CubeActors.EndToEnd;

/// <summary>For clusters that several tests share: their lines belong to none of them.</summary>
internal sealed class SilentOutput : ITestOutputHelper
{
    public static readonly SilentOutput Instance = new();

    public void WriteLine(string message)
    {
    }

    public void WriteLine(string format, params object[] args)
    {
    }
}
