// A stand-in for what the editor module asks of the editor: performance settings, settings pages, modular features,
// Take Recorder.
//   https://dev.epicgames.com/documentation/en-us/unreal-engine/API/Editor/UnrealEd/UEditorPerformanceSettings
//   .../API/Developer/Settings/ISettingsModule/ShowViewer (5.3, 5.4)
//   .../API/Plugins/TakeRecorder/UTakeRecorderBlueprintLibrary, UTakeRecorderPanel (5.2)
//   .../API/Plugins/TakesCore/UTakeMetaData/GetSlate (5.3, 5.5), GetTakeNumber (5.4)
//   .../API/Runtime/Core/Features/IModularFeatures (5.4, 5.5; from notes)
#pragma once

#include "Shim/Engine.h"
#include "Shim/LiveLink.h"
#include "Shim/Slate.h"

class UEditorPerformanceSettings : public UDeveloperSettings
{
public:
	SHIM_CLASS(UEditorPerformanceSettings)
	uint32 bThrottleCPUWhenNotForeground : 1 = 1;
	void PostEditChange() { ++ShimTold; }
	void SaveConfig() { ++ShimSaved; }
	int32 ShimTold = 0;
	int32 ShimSaved = 0;
};
class ISettingsModule : public IModuleInterface
{
public:
	virtual void ShowViewer(const FName& ContainerName, const FName& CategoryName, const FName& SectionName) = 0;
};
class IModularFeatures
{
public:
	static IModularFeatures& Get();
	bool IsModularFeatureAvailable(FName Type) const { return Known.contains(Type); }
	template <typename T>
	T& GetModularFeature(FName Type)
	{
		check(Known.contains(Type));
		return *static_cast<T*>(Known[Type]);
	}
	void ShimSet(FName Type, void* Feature) { Known[Type] = Feature; }

private:
	std::map<FName, void*> Known;
};

class UTakeMetaData : public UObject
{
public:
	SHIM_CLASS(UTakeMetaData)
	const FString& GetSlate() const { return ShimSlate; }
	int32 GetTakeNumber() const { return ShimTake; }
	FString ShimSlate;
	int32 ShimTake = 1;
};
class UTakeRecorderPanel : public UObject
{
public:
	SHIM_CLASS(UTakeRecorderPanel)
	UTakeMetaData* GetTakeMetaData() const { return const_cast<UTakeMetaData*>(&ShimMeta); }
	UTakeMetaData ShimMeta;
};
class UTakeRecorderBlueprintLibrary : public UObject
{
public:
	static bool IsRecording() { return bShimRecording; }
	static UTakeRecorderPanel* GetTakeRecorderPanel() { return ShimPanel; }
	static inline bool bShimRecording = false;
	static inline UTakeRecorderPanel* ShimPanel = nullptr;
};

namespace Shim
{
	/// Settings pages that were opened: container, category and section.
	std::vector<std::string>& PagesOpened();
}
