using System.Reflection;
using System.Runtime.ExceptionServices;
using CubeActors.Runtime.Files;

namespace CubeActors.Node.Tests;

/// <summary>Real files, of which those below one directory do not answer until the test says so.</summary>
internal sealed class HangingDisk : IDisposable
{
    private readonly ManualResetEventSlim _answers = new();

    public HangingDisk(string root)
    {
        Files = DispatchProxy.Create<IFileSystem, Proxy>();
        ((Proxy)(object)Files).Enter = path =>
        {
            if (path.StartsWith(root, StringComparison.Ordinal)) _answers.Wait(TimeSpan.FromMinutes(1));
        };
    }

    public IFileSystem Files { get; }

    public void Answer() => _answers.Set();

    public void Dispose()
    {
        _answers.Set();
        _answers.Dispose();
    }

    /// <summary>Passes every call on to the real files.</summary>
    public class Proxy : DispatchProxy
    {
        private readonly LinuxFileSystem _files = new();

        public Action<string> Enter { get; set; } = static _ => { };

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            if (args is [string path, ..]) Enter(path);
            try
            {
                return targetMethod!.Invoke(_files, args);
            }
            catch (TargetInvocationException failure)
            {
                ExceptionDispatchInfo.Throw(failure.InnerException!);
                throw;
            }
        }
    }
}
