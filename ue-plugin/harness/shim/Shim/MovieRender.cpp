// An engine that draws: a plain EXR for every frame, of a picture that depends on the frame alone.
#include "Shim/MovieRender.h"

#include <filesystem>
#include <fstream>

namespace
{
	using Shim::Utf8;
	using Shim::Wide;

	template <typename T>
	void Put(std::string& Out, T Value)
	{
		Out.append(reinterpret_cast<const char*>(&Value), sizeof(Value));
	}

	void Attribute(std::string& Out, const char* Name, const char* Type, const std::string& Value)
	{
		Out.append(Name).push_back('\0');
		Out.append(Type).push_back('\0');
		Put(Out, static_cast<int32>(Value.size()));
		Out += Value;
	}

	std::string Box(FIntPoint Size)
	{
		std::string Out;
		for (const int32 Edge : {0, 0, Size.X - 1, Size.Y - 1})
		{
			Put(Out, Edge);
		}
		return Out;
	}

	/// OpenEXR, uncompressed scan lines of 32-bit floats; channels in alphabetical order.
	std::string Exr(FIntPoint Size, int32 Frame)
	{
		std::string Channels;
		for (const char* Name : {"B", "G", "R"})
		{
			Channels.append(Name).push_back('\0');
			for (const int32 Value : {2, 0, 1, 1})
			{
				Put(Channels, Value);
			}
		}
		Channels.push_back('\0');
		std::string Out("\x76\x2f\x31\x01\x02\x00\x00\x00", 8);
		std::string One;
		Put(One, 1.0f);
		Attribute(Out, "channels", "chlist", Channels);
		Attribute(Out, "compression", "compression", std::string(1, '\0'));
		Attribute(Out, "dataWindow", "box2i", Box(Size));
		Attribute(Out, "displayWindow", "box2i", Box(Size));
		Attribute(Out, "lineOrder", "lineOrder", std::string(1, '\0'));
		Attribute(Out, "pixelAspectRatio", "float", One);
		Attribute(Out, "screenWindowCenter", "v2f", std::string(8, '\0'));
		Attribute(Out, "screenWindowWidth", "float", One);
		Out.push_back('\0');
		const auto Row = static_cast<std::size_t>(Size.X) * 12;
		const std::size_t Begin = Out.size() + static_cast<std::size_t>(Size.Y) * 8;
		for (int32 Y = 0; Y < Size.Y; ++Y)
		{
			Put(Out, static_cast<uint64>(Begin + static_cast<std::size_t>(Y) * (Row + 8)));
		}
		for (int32 Y = 0; Y < Size.Y; ++Y)
		{
			Put(Out, Y);
			Put(Out, static_cast<int32>(Row));
			for (int32 Channel = 0; Channel < 3; ++Channel)
			{
				for (int32 X = 0; X < Size.X; ++X)
				{
					Put(Out, 0.25f + 0.01f * static_cast<float>(X + Y + Channel) + 0.001f * static_cast<float>(Frame));
				}
			}
		}
		return Out;
	}

	/// The camera of the sequence draws: it has a place for every frame, or nothing is told of it.
	void Tell(const FString& Sequence, int32 Frame, FIntPoint Samples)
	{
		const auto Known = Shim::Sequences().find(Sequence);
		if (Shim::Drawing().Told.empty() || Known == Shim::Sequences().end())
		{
			return;
		}
		const FTransform& Camera = Known->second.at(Frame);
		const FVector At = Camera.GetTranslation();
		const FQuat Turn = Camera.GetRotation();
		char Line[256];
		std::snprintf(Line, sizeof(Line), "%d %d %d %.17g %.17g %.17g %.17g %.17g %.17g %.17g\n", Frame, Samples.X, Samples.Y, At.X, At.Y, At.Z, Turn.X, Turn.Y, Turn.Z, Turn.W);
		std::ofstream(Shim::Drawing().Told, std::ios::app) << Line;
	}

	void Write(const std::string& File, const std::string& Bytes)
	{
		std::ofstream(File, std::ios::binary) << Bytes;
	}
}

std::map<FString, Shim::FSequence>& Shim::Sequences()
{
	static std::map<FString, FSequence> Known;
	return Known;
}

Shim::FDrawing& Shim::Drawing()
{
	static FDrawing Known;
	return Known;
}

void UMoviePipelineExecutorJob::SetConfiguration(UMoviePipelinePrimaryConfig* In)
{
	Configuration = DuplicateObject<UMoviePipelinePrimaryConfig>(In, this);
	Graph = nullptr;
}

void UMoviePipelineExecutorJob::SetPresetOrigin(UMoviePipelinePrimaryConfig* In)
{
	SetConfiguration(In);
	Origin = In;
}

UMoviePipelineExecutorJob* UMoviePipelineQueue::AllocateNewJob(TSubclassOf<UMoviePipelineExecutorJob> InJobType)
{
	check(InJobType == UMoviePipelineExecutorJob::StaticClass());
	auto* Job = NewObject<UMoviePipelineExecutorJob>(this);
	Jobs.Add(Job);
	return Job;
}

void UMoviePipelineInProcessExecutor::Execute_Implementation(UMoviePipelineQueue* InPipelineQueue)
{
	check(TargetPipelineClass == UMoviePipeline::StaticClass());
	check(InPipelineQueue && InPipelineQueue->GetJobs().Num() == 1);
	UMoviePipelineExecutorJob& Job = *InPipelineQueue->GetJobs()[0];
	check(bUseCurrentLevel);
	check(!Job.Map.ToString().IsEmpty() && Job.Sequence.ToString().Contains(TEXT(".")));
	Sequence = Job.Sequence.ToString();
	FString Format;
	int32 Digits = 0;
	bGraph = Job.GetGraphPreset() != nullptr;
	Samples = FIntPoint(1, 1);
	if (bGraph)
	{
		ReadGraph(Job, Format, Digits);
	}
	else
	{
		const auto& Output = *Job.GetConfiguration()->FindSetting<UMoviePipelineOutputSetting>();
		check(Output.bUseCustomPlaybackRange && !Output.bAutoVersion && Output.bOverrideExistingOutput);
		check(Output.HandleFrameCount == 0 && Output.FrameNumberOffset == 0 && Output.OutputFrameStep == 1);
		Next = Output.CustomStartFrame;
		Last = Output.CustomEndFrame - 1;
		Folder = Utf8(Output.OutputDirectory.Path);
		Format = Output.FileNameFormat;
		Digits = Output.ZeroPadFrameNumbers;
		Size = Output.OutputResolution;
		if (const auto* Setting = Job.GetConfiguration()->FindSetting<UMoviePipelineAntiAliasingSetting>())
		{
			Samples = FIntPoint(Setting->TemporalSampleCount, Setting->SpatialSampleCount);
		}
	}
	check(Next <= Last && Digits == 6 && Format.Contains(TEXT("{frame_number}")));
	Name = Utf8(Format);
	std::filesystem::create_directories(Folder);
	bDrawing = true;
	Ticker = FTSTicker::GetCoreTicker().AddTicker(FTickerDelegate::CreateUObject(this, &UMoviePipelineInProcessExecutor::Tick));
}

void UMoviePipelineInProcessExecutor::ReadGraph(UMoviePipelineExecutorJob& Job, FString& Format, int32& Digits)
{
	const UMovieGraphEvaluatedConfig* Evaluated = Job.GetGraphPreset()->ShimEvaluated(Job);
	check(Evaluated);
	const auto* Global = Evaluated->GetSettingForBranch<UMovieGraphGlobalOutputSettingNode>(UMovieGraphNode::GlobalsPinName, false, false);
	// What is not overridden does not count.
	check(Global && Global->bOverride_OutputDirectory && Global->bOverride_ZeroPadFrameNumbers && Global->bOverride_HandleFrameCount && Global->bOverride_FrameNumberOffset);
#if UE_VERSION_OLDER_THAN(5, 6, 0)
	check(Global->bOverride_CustomPlaybackRangeStartFrame && Global->bOverride_CustomPlaybackRangeEndFrame);
	Next = Global->CustomPlaybackRangeStartFrame;
	Last = Global->CustomPlaybackRangeEndFrame - 1;
#else
	check(Global->bOverride_CustomPlaybackRangeStart && Global->bOverride_CustomPlaybackRangeEnd);
	check(Global->CustomPlaybackRangeStart.Type == EMovieGraphSequenceRangeType::Custom && Global->CustomPlaybackRangeEnd.Type == EMovieGraphSequenceRangeType::Custom);
	Next = Global->CustomPlaybackRangeStart.Value;
	Last = Global->CustomPlaybackRangeEnd.Value - 1;
#endif
	check(Global->HandleFrameCount == 0 && Global->FrameNumberOffset == 0);
	// A named size is looked up by its name; only "Custom" stands for itself.
	check(!Global->bOverride_OutputResolution || Global->OutputResolution.ProfileName == FMovieGraphNamedResolution::CustomEntryName);
	Size = Global->bOverride_OutputResolution ? Global->OutputResolution.Resolution : FMovieGraphNamedResolution::DefaultResolution;
	Folder = Utf8(Global->OutputDirectory.Path);
	Digits = Global->ZeroPadFrameNumbers;
	if (const auto* Moments = Evaluated->GetSettingForBranch<UMovieGraphSamplingMethodNode>(UMovieGraphNode::GlobalsPinName, false, false))
	{
		Samples.X = Moments->bOverride_TemporalSampleCount ? Moments->TemporalSampleCount : 1;
	}
	for (const FName& Branch : Evaluated->GetBranchNames())
	{
		if (const auto* Output = Evaluated->GetSettingForBranch<UMovieGraphFileOutputNode>(Branch, false, false))
		{
			check(Output->bOverride_FileNameFormat);
			Format = Output->FileNameFormat;
		}
		if (const auto* Deferred = Evaluated->GetSettingForBranch<UMovieGraphDeferredRenderPassNode>(Branch, false, false))
		{
			Samples.Y = Deferred->bOverride_SpatialSampleCount ? Deferred->SpatialSampleCount : 1;
		}
	}
}

bool UMoviePipelineInProcessExecutor::Tick(float)
{
	if (!bDrawing)
	{
		return false;
	}
	if (Next == Shim::Drawing().FailsAt)
	{
		End(false);
		return false;
	}
	char Number[16];
	std::snprintf(Number, sizeof(Number), "%06d", Next);
	std::string File = Folder + "/" + Name + ".exr";
	File.replace(File.find("{frame_number}"), std::string("{frame_number}").size(), Number);
	const std::string Bytes = Exr(Size, Next);
	bHalf = !bHalf;
	if (bHalf)
	{
		Write(File, Bytes.substr(0, Bytes.size() / 2));
		return true;
	}
	Write(File, Bytes);
	Files.Add(Wide(File));
	Tell(Sequence, Next, Samples);
	Shim::Drawing().Drawn.push_back(Next);
	if (Next++ < Last)
	{
		return true;
	}
	End(true);
	return false;
}

void UMoviePipelineInProcessExecutor::CancelAllJobs_Implementation()
{
	if (bDrawing)
	{
		FTSTicker::RemoveTicker(Ticker);
		End(false);
	}
}

void UMoviePipelineInProcessExecutor::End(bool bSuccess)
{
	bDrawing = false;
	bShimSuccess = bSuccess;
	FMoviePipelineOutputData Output;
	Output.bSuccess = bSuccess;
	if (bGraph)
	{
		FMovieGraphRenderOutputData Shot;
		Shot.RenderLayerData.FindOrAdd({FString(TEXT("beauty"))}).FilePaths = Files;
		Output.GraphData.Add(Shot);
	}
	else
	{
		FMoviePipelineShotOutputData Shot;
		Shot.RenderPassData.FindOrAdd({FString(TEXT("FinalImage"))}).FilePaths = Files;
		Output.ShotData.Add(Shot);
	}
	JobFinished.Broadcast(Output);
	OnExecutorFinishedImpl();
}
