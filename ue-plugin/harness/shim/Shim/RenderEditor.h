// A stand-in for what the editor tells of unsaved packages, and for the project's settings of Movie Render Queue.
//   https://dev.epicgames.com/documentation/en-us/unreal-engine/API/Editor/UnrealEd/UEditorLoadingAndSavingUtils (5.3, 5.6),
//   .../GetDirtyContentPackages, GetDirtyMapPackages (5.1, 5.5)
//   .../API/Runtime/CoreUObject/UObject/UObjectBaseUtility/GetName (5.4), UObject/TryUpdateDefaultConfigFile (not opened; as public
//   plugins for 5.x call it)
//   .../API/Plugins/MovieRenderPipelineEditor/UMovieRenderPipelineProjectSetti- (5.4, newest), DefaultRemoteExe- (5.4)
#pragma once

#include "Shim/Program.h"

class UPackage : public UObject
{
public:
	SHIM_CLASS(UPackage)
	/// With its path, as /Game/Rock.
	FString GetName() const { return ShimName; }
	FString ShimName;
};
class UEditorLoadingAndSavingUtils : public UObject
{
public:
	SHIM_CLASS(UEditorLoadingAndSavingUtils)
	static void GetDirtyContentPackages(TArray<UPackage*>& OutDirtyPackages) { Append(OutDirtyPackages, ShimContent); }
	static void GetDirtyMapPackages(TArray<UPackage*>& OutDirtyPackages) { Append(OutDirtyPackages, ShimMaps); }
	static inline TArray<UPackage*> ShimContent;
	static inline TArray<UPackage*> ShimMaps;

private:
	static void Append(TArray<UPackage*>& Out, const TArray<UPackage*>& More)
	{
		for (UPackage* Package : More)
		{
			Out.Add(Package);
		}
	}
};
class UMovieRenderPipelineProjectSettings : public UObject
{
public:
	SHIM_CLASS(UMovieRenderPipelineProjectSettings)
	FSoftClassPath DefaultRemoteExecutor{FString(TEXT("/Script/MovieRenderPipelineEditor.MoviePipelineNewProcessExecutor"))};
	/// In the project's own file; false when that is read-only, as version control leaves it.
	bool TryUpdateDefaultConfigFile()
	{
		ShimSaved += bShimWritable;
		return bShimWritable;
	}
	int32 ShimSaved = 0;
	bool bShimWritable = true;
};
